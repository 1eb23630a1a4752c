#include "engine/speculative/draft_length.h"

#include <cmath>

namespace bantam::engine {
namespace {

constexpr double kPriorTries = 2;   // the weight of what is expected before anything is seen
constexpr double kTokensKept = 96;  // after so many new tokens a try counts for 1/e
constexpr double kGainMin = 1.02;   // below this a guess is not worth its noise
constexpr double kLossPasses = 1;   // what a sequence may be behind

}  // namespace

double acceptance(const Acceptance& seen, double expected) {
  return (seen.accepted + kPriorTries * expected) / (seen.tried + kPriorTries);
}

void record_acceptance(DraftRecord& record, std::int64_t drafted, std::int64_t accepted) {
  Acceptance& seen = record.kinds[record.kind];
  seen.accepted += static_cast<double>(accepted);
  // What comes after the first wrong token was not put to the test.
  seen.tried += static_cast<double>(accepted < drafted ? accepted + 1 : accepted);
}

void forget_some(DraftRecord& record, std::int64_t new_tokens) {
  const double kept = std::exp(-static_cast<double>(new_tokens) / kTokensKept);
  if (record.saved_seconds < 0) record.saved_seconds *= kept;
  for (Acceptance& seen : record.kinds) {
    seen.tried *= kept;
    seen.accepted *= kept;
  }
}

DraftLength best_draft_length(const PassCosts& costs, const DraftRecord& record,
                              const PassOutlook& pass, const GuessOutlook& guess) {
  const double base = costs.seconds(pass.rows);
  const double credit = record.saved_seconds + kLossPasses * base;
  DraftLength best{.rate = pass.tokens / (base + pass.draft_seconds)};
  double least_rate = best.rate * kGainMin;
  double right = 1;
  double tokens = 0;
  for (std::int64_t count = 1; count <= guess.count_max; ++count) {
    right *= guess.acceptance;
    tokens += right;
    const double drafting = static_cast<double>(count) * guess.seconds_per_token;
    const double seconds = costs.seconds(pass.rows + count) + drafting;
    if (costs.seconds_at_worst(pass.rows + count) + drafting - base > credit) continue;
    const double rate = (pass.tokens + tokens) / (seconds + pass.draft_seconds);
    if (rate <= least_rate) continue;
    best = {count, tokens, rate};
    least_rate = rate;
  }
  return best;
}

}  // namespace bantam::engine
