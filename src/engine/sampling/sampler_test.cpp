#include "engine/sampling/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "engine/sampling/random.h"

namespace bantam::engine {
namespace {

const std::vector<float> kLogits = {1.0F, 3.0F, 2.0F, -1.0F, 3.0F, 0.0F};

std::vector<std::int32_t> ids(Candidates& candidates) {
  std::vector<std::int32_t> result;
  for (const Candidate& item : candidates.items()) result.push_back(item.id);
  return result;
}

Candidates candidates() {
  Candidates result(static_cast<std::int64_t>(kLogits.size()));
  result.assign(kLogits);
  return result;
}

SamplingOptions open_options() {
  SamplingOptions options;
  options.temperature = 1.0F;
  options.top_k = 0;
  options.top_p = 1.0;
  options.min_p = 0.0;
  return options;
}

TEST(Sampler, TakesTheLowestIdOfTheLikeliestAtTemperatureZero) {
  Sampler sampler(6);
  SamplingOptions options;
  options.temperature = 0;
  EXPECT_EQ(sampler.sample(kLogits, {}, options), 1);
}

TEST(Sampler, TopKKeepsTheLikeliestWithTiesByLowerId) {
  Candidates list = candidates();
  apply_top_k(list, 3);
  EXPECT_EQ(ids(list), (std::vector<std::int32_t>{1, 4, 2}));
}

TEST(Sampler, FindsTheLikeliestOfManyAsSortingThemDoes) {
  std::vector<float> logits;
  std::uint32_t random = 1;
  for (int i = 0; i < 5000; ++i) {
    random = random * 1664525 + 1013904223;
    logits.push_back(static_cast<float>(random >> 24) / 8);  // with many equals
  }
  constexpr std::size_t kCounts[] = {1, 2, 40, 700, 1249, 1250, 5000, std::size_t{1} << 62};
  for (const std::size_t count : kCounts) {
    Candidates sorted(5000), found(5000);
    sorted.assign(logits);
    sorted.keep_likeliest(count);
    found.assign_likeliest(logits, count);
    EXPECT_EQ(ids(found), ids(sorted)) << count;
  }
  std::ranges::sort(logits);  // each one beats all before it
  Candidates sorted(5000), found(5000);
  sorted.assign(logits);
  sorted.keep_likeliest(40);
  found.assign_likeliest(logits, 40);
  EXPECT_EQ(ids(found), ids(sorted));
}

TEST(Sampler, TopPKeepsTheSmallestSetThatReachesP) {
  // softmax: 0.389 (1), 0.389 (4), 0.143 (2), 0.053 (0) …
  Candidates list = candidates();
  apply_top_p(list, 0.77);
  EXPECT_EQ(ids(list), (std::vector<std::int32_t>{1, 4}));
  list = candidates();
  apply_top_p(list, 0.82);
  EXPECT_EQ(ids(list), (std::vector<std::int32_t>{1, 4, 2}));
  list = candidates();
  apply_top_p(list, 0.0);
  EXPECT_EQ(ids(list), (std::vector<std::int32_t>{1}));
}

TEST(Sampler, MinPKeepsAShareOfTheLikeliest) {
  Candidates list = candidates();
  apply_min_p(list, 0.3);  // e^-1 = 0.37 stays, e^-2 = 0.14 goes
  EXPECT_EQ(ids(list), (std::vector<std::int32_t>{1, 2, 4}));
}

TEST(Sampler, TypicalPPrefersTheExpectedSurprise) {
  // One very likely token and many equal ones: the equal ones are nearer to the entropy.
  std::vector<float> logits(101, 0.0F);
  logits[0] = std::log(100.0F);  // half of the mass
  Candidates list(101);
  list.assign(logits);
  apply_typical_p(list, 0.4);
  EXPECT_FALSE(ids(list).empty());
  std::vector<float> flat(10, 0.0F);
  Candidates equal(10);
  equal.assign(flat);
  apply_typical_p(equal, 0.35);
  EXPECT_EQ(ids(equal), (std::vector<std::int32_t>{0, 1, 2, 3}));
}

TEST(Sampler, PenaltiesLowerTokensThatWereSeen) {
  std::vector<std::uint32_t> counts(6);
  std::vector<float> logits = kLogits;
  const std::vector<std::int32_t> seen = {1, 3, 3};
  apply_penalties(logits, seen, {.repeat = 2.0F, .presence = 0.5F, .frequency = 0.25F}, counts);
  EXPECT_FLOAT_EQ(logits[1], 3.0F / 2 - 0.75F);
  EXPECT_FLOAT_EQ(logits[3], -1.0F * 2 - 1.0F);
  EXPECT_FLOAT_EQ(logits[0], 1.0F);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0U), 0U);
}

// Pearson's chi-squared of 200,000 draws against the softmax, with a threshold for p = 1e-6 at 5
// degrees of freedom.
TEST(Sampler, DrawsFollowTheSoftmax) {
  Sampler sampler(6);
  SamplingOptions options = open_options();
  constexpr int kDraws = 200000;
  std::map<std::int32_t, int> counts;
  for (int i = 0; i < kDraws; ++i) {
    options.seed = static_cast<std::uint64_t>(i);
    ++counts[sampler.sample(kLogits, {}, options).value()];
  }
  double chi_squared = 0;
  for (std::int32_t id = 0; id < 6; ++id) {
    const double expected = kDraws * std::exp(log_probability(kLogits, id));
    chi_squared += std::pow(counts[id] - expected, 2) / expected;
  }
  EXPECT_LT(chi_squared, 35.9);
}

TEST(Sampler, DrawDependsOnSeedAndPositionOnly) {
  Sampler one(6), two(6);
  const SamplingOptions options = open_options();
  const std::vector<std::int32_t> before(10, 3);
  two.sample(kLogits, {}, options);
  EXPECT_EQ(one.sample(kLogits, before, options), two.sample(kLogits, before, options));
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Sampler, TakesOnlyWhatALimitAllowsWhateverTheOptions) {
  std::vector<float> logits(200);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i % 17);
  std::vector<std::uint64_t> allowed(3);  // ids from 192 on have no bit
  for (const std::size_t id : {0, 63, 64, 130, 191})
    allowed[id / 64] |= std::uint64_t{1} << id % 64;
  const std::vector<std::int32_t> suppressed = {64, 1, -5, 1000};
  const TokenLimits limits{.allowed = allowed, .suppressed = suppressed};
  Sampler sampler(200);
  std::map<std::int32_t, int> seen;
  for (int i = 0; i < 3000; ++i) {
    SamplingOptions options = open_options();
    options.seed = static_cast<std::uint64_t>(i);
    options.temperature = i % 3 == 0 ? 0 : 50;
    options.top_k = i % 2 == 0 ? 0 : 3;
    options.typical_p = i % 5 == 0 ? 0.9 : 1;
    options.penalties.repeat = i % 7 == 0 ? 1.5F : 1;
    ++seen[sampler.sample(logits, std::vector<std::int32_t>{63, 5}, options, limits).value()];
  }
  std::vector<std::int32_t> ids;
  for (const auto& [id, count] : seen) ids.push_back(id);
  EXPECT_EQ(ids, (std::vector<std::int32_t>{0, 63, 130, 191}));
}

TEST(Sampler, FindsNoTokenWhereNoneIsAllowed) {
  Sampler sampler(6);
  std::uint64_t allowed = 0b100;
  const std::vector<std::int32_t> suppressed = {2};
  for (const std::int64_t top_k : {0, 1, 40}) {
    SamplingOptions options = open_options();
    options.top_k = top_k;
    EXPECT_EQ(sampler.sample(kLogits, {}, options, {.allowed = {&allowed, 1}, .suppressed = {}}),
              2);
    EXPECT_FALSE(
        sampler.sample(kLogits, {}, options, {.allowed = {&allowed, 1}, .suppressed = suppressed}));
    options.logit_bias = {{.id = 2, .bias = -kInfinity}};
    EXPECT_FALSE(
        sampler.sample(kLogits, {}, options, {.allowed = {&allowed, 1}, .suppressed = {}}));
  }
}

TEST(Sampler, AddsABiasBeforeEverythingElse) {
  Sampler sampler(6);
  SamplingOptions options;
  options.temperature = 0;
  options.logit_bias = {{.id = 5, .bias = 2}, {.id = 5, .bias = 1.5F}};
  EXPECT_EQ(sampler.sample(kLogits, {}, options), 5) << "0 + 3.5 is above 3";
  options.logit_bias.push_back({.id = 5, .bias = -1});
  EXPECT_EQ(sampler.sample(kLogits, {}, options), 1);
  options.logit_bias = {{.id = 1, .bias = -kInfinity}, {.id = 77, .bias = 100}};
  EXPECT_EQ(sampler.sample(kLogits, {}, options), 4) << "77 is of a larger vocabulary";
  // Halved, 3 + 2 is below 3; had the bias come after, 1.5 + 2 would be above.
  options.logit_bias = {{.id = 4, .bias = 2}};
  options.penalties.repeat = 2;
  EXPECT_EQ(sampler.sample(kLogits, std::vector<std::int32_t>{4}, options), 1);
}

TEST(Sampler, RefusesABiasThatMeansNothing) {
  const auto is_refused = [](LogitBias bias) {
    SamplingOptions options;
    options.logit_bias = {bias};
    try {
      check_sampling_options(options, 6);
    } catch (const Error& error) {
      return error.code() == ErrorCode::BadInput;
    }
    return false;
  };
  for (const std::int32_t id : {-1, 6, INT32_MAX}) EXPECT_TRUE(is_refused({id, 0}));
  for (const float bias : {-100.5F, 100.5F, kInfinity, NAN}) EXPECT_TRUE(is_refused({0, bias}));
  for (const float bias : {-100.0F, 100.0F, -kInfinity}) EXPECT_FALSE(is_refused({5, bias}));
}

// Known answers of Philox4x32-10 with counter and key zero: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
TEST(Random, IsPhilox) {
  const std::uint64_t bits = (std::uint64_t{0x6627e8d5} << 32 | 0xe169c58d) >> 11;
  EXPECT_EQ(uniform(0, 0), static_cast<double>(bits) * 0x1p-53);
}

TEST(Random, IsUniform) {
  double sum = 0;
  for (std::uint64_t i = 0; i < 100000; ++i) sum += uniform(42, i);
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
}

TEST(LogProbability, SumsToOneOverTheVocabulary) {
  double sum = 0;
  for (std::int32_t id = 0; id < 6; ++id) sum += std::exp(log_probability(kLogits, id));
  EXPECT_NEAR(sum, 1.0, 1e-12);
}

}  // namespace
}  // namespace bantam::engine
