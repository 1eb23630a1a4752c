#include "engine/speculative/verify.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "engine/sampling/sampler.h"

namespace bantam::engine {
namespace {

struct Verified {
  std::vector<std::int32_t> tokens;
  std::int64_t accepted = 0;
};

// The model would say `own`; the sequence ends with `last`.
Verified verified(const std::vector<std::int32_t>& draft, const std::vector<std::int32_t>& own,
                  std::int32_t last = -1) {
  Verified result;
  result.accepted = verify(draft, [&](std::int64_t row) {
    const std::int32_t token = own[static_cast<std::size_t>(row)];
    result.tokens.push_back(token);
    return ChosenToken{token, token != last};
  });
  return result;
}

TEST(Verify, TakesTheModelsTokensUpToTheFirstWrongGuess) {
  const Verified all = verified({1, 2, 3}, {1, 2, 3, 4});
  EXPECT_EQ(all.tokens, (std::vector<std::int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(all.accepted, 3);
  const Verified some = verified({1, 9, 3}, {1, 2, 3, 4});
  EXPECT_EQ(some.tokens, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(some.accepted, 1);
  const Verified none = verified({}, {5});
  EXPECT_EQ(none.tokens, (std::vector<std::int32_t>{5}));
  EXPECT_EQ(none.accepted, 0);
}

TEST(Verify, TakesNothingAfterTheEnd) {
  const Verified cut = verified({1, 2, 3}, {1, 2, 3, 4}, 2);
  EXPECT_EQ(cut.tokens, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(cut.accepted, 2);
}

// A model of six tokens in which each token's logits depend on the one before, and a smaller one
// that is only roughly like it.
constexpr std::int32_t kTokens = 6;
using Table = std::array<std::array<float, kTokens>, kTokens>;

Table table(float roughness) {
  Table logits{};
  for (std::size_t i = 0; i < kTokens; ++i) {
    for (std::size_t j = 0; j < kTokens; ++j) {
      const auto x = static_cast<float>(i * kTokens + j);
      logits[i][j] = 1.2F * std::sin(1.7F * x) + roughness * std::cos(3.1F * x);
    }
  }
  return logits;
}

// Pearson's chi-squared of a million tokens against the model's own distribution after each token.
// The threshold is for p = 1e-6 at 6 * 5 degrees of freedom.
TEST(Verify, LeavesTheDistributionAsItIs) {
  const Table model = table(0);
  const Table smaller = table(0.4F);
  Sampler sampler(kTokens);
  SamplingOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  std::array<std::array<double, kTokens>, kTokens> counts{};
  std::int64_t drafted = 0, accepted = 0;
  constexpr std::size_t kLength = 200, kSequences = 5000;
  std::vector<std::int32_t> tokens, guess, draft;
  for (options.seed = 0; options.seed < kSequences; ++options.seed) {
    tokens.assign(1, static_cast<std::int32_t>(options.seed % kTokens));
    while (tokens.size() <= kLength) {
      guess = tokens;
      for (int i = 0; i < 4; ++i) {
        const auto last = static_cast<std::size_t>(guess.back());
        guess.push_back(*sampler.sample(smaller[last], guess, options));
      }
      draft.assign(guess.end() - 4, guess.end());
      accepted += verify(draft, [&](std::int64_t) {
        const auto last = static_cast<std::size_t>(tokens.back());
        const std::int32_t token = *sampler.sample(model[last], tokens, options);
        tokens.push_back(token);
        if (tokens.size() <= kLength + 1) ++counts[last][static_cast<std::size_t>(token)];
        return ChosenToken{token, tokens.size() <= kLength};
      });
      drafted += 4;
    }
  }
  double chi_squared = 0, total = 0;
  for (std::size_t last = 0; last < kTokens; ++last) {
    double seen = 0;
    for (const double count : counts[last]) seen += count;
    total += seen;
    for (std::int32_t token = 0; token < kTokens; ++token) {
      const double expected = seen * std::exp(log_probability(model[last], token));
      const double difference = counts[last][static_cast<std::size_t>(token)] - expected;
      chi_squared += difference * difference / expected;
    }
  }
  EXPECT_EQ(total, 1e6);
  EXPECT_LT(chi_squared, 83.3);
  // With the random numbers in common most guesses are right, and far from all.
  EXPECT_GT(accepted, drafted / 3);
  EXPECT_LT(accepted, drafted * 9 / 10);
}

}  // namespace
}  // namespace bantam::engine
