#include "engine/sampling/stages.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bantam::engine {

bool has_penalties(const PenaltyOptions& options) {
  return options.repeat != 1.0F || options.presence != 0.0F || options.frequency != 0.0F;
}

void apply_penalties(std::span<float> logits, std::span<const std::int32_t> recent,
                     const PenaltyOptions& options, std::span<std::uint32_t> counts) {
  if (!has_penalties(options)) return;
  for (const std::int32_t id : recent) ++counts[static_cast<std::size_t>(id)];
  constexpr float kMost = std::numeric_limits<float>::max();
  for (const std::int32_t id : recent) {
    std::uint32_t& count = counts[static_cast<std::size_t>(id)];
    if (count == 0) continue;  // handled at its first appearance
    float& logit = logits[static_cast<std::size_t>(id)];
    if (std::isfinite(logit)) {
      logit = logit > 0 ? logit / options.repeat : logit * options.repeat;
      logit -= options.presence + static_cast<float>(count) * options.frequency;
      logit = std::clamp(logit, -kMost, kMost);
    }
    count = 0;
  }
}

void apply_top_k(Candidates& candidates, std::int64_t k) {
  if (k > 0) candidates.keep_likeliest(static_cast<std::size_t>(k));
}

void apply_top_p(Candidates& candidates, double p) {
  if (p >= 1.0) return;
  candidates.sort();
  const std::span<const double> probabilities = candidates.probabilities();
  double sum = 0;
  std::size_t kept = 0;
  while (kept < probabilities.size()) {
    sum += probabilities[kept++];
    if (sum >= p) break;
  }
  candidates.truncate(kept);
}

void apply_min_p(Candidates& candidates, double p) {
  if (p <= 0.0) return;
  const std::span<Candidate> items = candidates.items();
  float highest = items[0].logit;
  for (const Candidate& item : items) highest = std::max(highest, item.logit);
  const double lowest = static_cast<double>(highest) + std::log(p);
  const std::span<unsigned char> flags = candidates.flags();
  for (std::size_t i = 0; i < items.size(); ++i) {
    flags[i] = static_cast<double>(items[i].logit) >= lowest || items[i].logit == highest;
  }
  candidates.keep_flagged(flags);
}

void apply_typical_p(Candidates& candidates, double p) {
  if (p >= 1.0) return;
  candidates.sort();
  const std::span<const double> probabilities = candidates.probabilities();
  double entropy = 0;
  for (const double probability : probabilities) {
    if (probability > 0) entropy -= probability * std::log(probability);
  }
  const auto distance = [&](std::uint32_t i) {
    return std::abs(-std::log(std::max(probabilities[i], 1e-300)) - entropy);
  };
  const std::span<std::uint32_t> order = candidates.order();
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const double da = distance(a);
    const double db = distance(b);
    return da != db ? da < db : a < b;
  });
  const std::span<unsigned char> flags = candidates.flags();
  std::fill(flags.begin(), flags.end(), static_cast<unsigned char>(0));
  double sum = 0;
  for (const std::uint32_t i : order) {
    flags[i] = 1;
    sum += probabilities[i];
    if (sum >= p) break;
  }
  candidates.keep_flagged(flags);
}

void apply_temperature(Candidates& candidates, float temperature) {
  const std::span<Candidate> items = candidates.items();
  float highest = items[0].logit;
  for (const Candidate& item : items) highest = std::max(highest, item.logit);
  // Relative to the highest, so that a tiny temperature cannot overflow upwards.
  for (Candidate& item : items) item.logit = (item.logit - highest) / temperature;
}

}  // namespace bantam::engine
