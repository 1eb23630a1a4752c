#include "engine/sampling/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/format.h"
#include "engine/sampling/random.h"

namespace bantam::engine {
namespace {

// A temperature below this leaves nothing to chance.
constexpr float kGreedyBelow = 1e-6F;
constexpr float kNever = -std::numeric_limits<float>::infinity();
// No bias beyond this says more than the ban that it is near to.
constexpr float kBiasMax = 100;

void check(bool is_good, std::string_view option, double value, std::string_view range) {
  if (is_good) return;
  throw Error(ErrorCode::BadInput, format("{}: found {}, expected {}", option, value, range));
}

bool is_within(double value, double low, double high) { return value >= low && value <= high; }

std::span<const std::int32_t> last(std::span<const std::int32_t> tokens, std::int64_t count) {
  if (count < 0 || static_cast<std::size_t>(count) >= tokens.size()) return tokens;
  return tokens.last(static_cast<std::size_t>(count));
}

std::int32_t draw(Candidates& candidates, double random) {
  const std::span<const double> probabilities = candidates.probabilities();
  const std::span<Candidate> items = candidates.items();
  double sum = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    sum += probabilities[i];
    if (random < sum) return items[i].id;
  }
  return items.back().id;  // rounding left the sum just below 1
}

void check_logit_bias(std::span<const LogitBias> biases, std::int64_t vocabulary_size) {
  for (const LogitBias& each : biases) {
    if (each.id < 0 || each.id >= vocabulary_size) {
      throw Error(ErrorCode::BadInput, format("logit_bias: found token id {}, expected 0 to {}",
                                              each.id, vocabulary_size - 1));
    }
    check(each.bias == kNever || is_within(each.bias, -kBiasMax, kBiasMax), "logit_bias", each.bias,
          "-100 to 100, or minus infinity");
  }
}

// See TokenConstraint::allowed.
void suppress_others(std::span<float> logits, std::span<const std::uint64_t> allowed) {
  for (std::size_t word = 0; word * 64 < logits.size(); ++word) {
    const std::uint64_t bits = word < allowed.size() ? allowed[word] : 0;
    if (bits == ~std::uint64_t{0}) continue;
    const std::span<float> part =
        logits.subspan(word * 64, std::min<std::size_t>(64, logits.size() - word * 64));
    for (std::size_t i = 0; i < part.size(); ++i) {
      if ((bits >> i & 1) == 0) part[i] = kNever;
    }
  }
}

}  // namespace

void check_sampling_options(const SamplingOptions& options, std::int64_t vocabulary_size) {
  check(is_within(options.temperature, 0, 100), "temperature", options.temperature, "0 to 100");
  check(options.top_k >= 0, "top_k", static_cast<double>(options.top_k), "0 or more");
  check(is_within(options.top_p, 0, 1), "top_p", options.top_p, "0 to 1");
  check(is_within(options.min_p, 0, 1), "min_p", options.min_p, "0 to 1");
  check(is_within(options.typical_p, 0, 1), "typical_p", options.typical_p, "0 to 1");
  check(is_within(options.penalties.repeat, 0.01, 100), "repeat_penalty", options.penalties.repeat,
        "0.01 to 100");
  check(is_within(options.penalties.presence, -100, 100), "presence_penalty",
        options.penalties.presence, "-100 to 100");
  check(is_within(options.penalties.frequency, -100, 100), "frequency_penalty",
        options.penalties.frequency, "-100 to 100");
  check(options.repeat_last_n >= -1, "repeat_last_n", static_cast<double>(options.repeat_last_n),
        "-1 or more");
  check_logit_bias(options.logit_bias, vocabulary_size);
}

Sampler::Sampler(std::int64_t vocabulary_size)
    : adjusted_(static_cast<std::size_t>(vocabulary_size)),
      candidates_(vocabulary_size),
      counts_(static_cast<std::size_t>(vocabulary_size)) {}

// The logits, or a copy with those changed that options and limits name.
std::span<const float> Sampler::adjusted(std::span<const float> logits,
                                         std::span<const std::int32_t> tokens,
                                         const SamplingOptions& options,
                                         const TokenLimits& limits) {
  if (options.logit_bias.empty() && !has_penalties(options.penalties) && limits.allowed.empty() &&
      limits.suppressed.empty()) {
    return logits;
  }
  const std::span<float> copy(adjusted_.data(), logits.size());
  std::ranges::copy(logits, copy.begin());
  for (const LogitBias& each : options.logit_bias) {
    const auto id = static_cast<std::size_t>(each.id);
    if (id < copy.size()) copy[id] += each.bias;  // a draft model may know fewer tokens
  }
  apply_penalties(copy, last(tokens, options.repeat_last_n), options.penalties, counts_);
  if (!limits.allowed.empty()) suppress_others(copy, limits.allowed);
  for (const std::int32_t id : limits.suppressed) {
    if (static_cast<std::size_t>(id) < copy.size()) copy[static_cast<std::size_t>(id)] = kNever;
  }
  return copy;
}

std::optional<std::int32_t> Sampler::sample(std::span<const float> logits,
                                            std::span<const std::int32_t> tokens,
                                            const SamplingOptions& options,
                                            const TokenLimits& limits) {
  logits = adjusted(logits, tokens, options, limits);
  const bool is_greedy = options.temperature < kGreedyBelow;
  const std::size_t kept = is_greedy ? 1 : static_cast<std::size_t>(options.top_k);
  if (kept > 0) {
    candidates_.assign_likeliest(logits, kept);
  } else {
    candidates_.assign(logits);
  }
  if (candidates_.count() == 0) return std::nullopt;
  if (is_greedy) return candidates_.items().front().id;  // the lowest of equals
  apply_typical_p(candidates_, options.typical_p);
  apply_top_p(candidates_, options.top_p);
  apply_min_p(candidates_, options.min_p);
  apply_temperature(candidates_, options.temperature);
  return draw(candidates_, uniform(options.seed, tokens.size()));
}

double log_probability(std::span<const float> logits, std::int32_t token) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - highest);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - highest - std::log(sum);
}

}  // namespace bantam::engine
