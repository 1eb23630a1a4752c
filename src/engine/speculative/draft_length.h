// How many tokens are worth guessing.
#pragma once

#include <cstdint>

#include "engine/speculative/draft_record.h"
#include "engine/speculative/pass_costs.h"

namespace bantam::engine {

// The probability that the next guess of a kind is right: what was seen, beside `expected` before
// anything was. What was seen is forgotten with time, so that a kind that failed is tried again.
double acceptance(const Acceptance& seen, double expected);

// Of `drafted` tokens the first `accepted` were right. `new_tokens` came since the last call.
void record_acceptance(DraftRecord& record, std::int64_t drafted, std::int64_t accepted);
void forget_some(DraftRecord& record, std::int64_t new_tokens);

// The pass as it is without the guess in question.
struct PassOutlook {
  std::int64_t rows = 1;
  double tokens = 1;         // that it is expected to bring
  double draft_seconds = 0;  // for the guesses in it
};

struct GuessOutlook {
  double acceptance = 0;         // of each token, where those before it were right
  double seconds_per_token = 0;  // to guess one
  std::int64_t count_max = 0;
};

// What the best length, from 0 on, promises.
struct DraftLength {
  std::int64_t count = 0;
  double tokens = 0;  // that it is expected to add
  double rate = 0;    // tokens a second of the whole pass
};

// The length with the highest rate of tokens. A guess may at worst bring the sequence so far into
// the red as to be one pass behind, and losses are forgotten; so a sequence whose guesses are
// useless loses no more than that, and one whose guesses are good soon has credit for long ones.
DraftLength best_draft_length(const PassCosts& costs, const DraftRecord& record,
                              const PassOutlook& pass, const GuessOutlook& guess);

}  // namespace bantam::engine
