// Which tokens of which sequences the next pass computes: a pure decision.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/sequence.h"

namespace bantam::engine {

// `count` tokens of a sequence from its first uncached one on.
struct ScheduledSlice {
  std::size_t sequence = 0;  // index into the sequences given
  std::int64_t count = 0;
  bool wants_logits = false;  // the slice ends at the last token
  std::int64_t drafted = 0;   // tokens of its draft that come after it, each with logits
};

struct ScheduleLimits {
  std::int64_t batch_tokens = 512;
  std::int64_t output_rows = 1;
  std::int64_t prefill_tokens = 512;  // of prompts, beside sequences that are decoding
};

// Sequences that are decoding (one pending token) come first, then prompts, cut where the batch is
// full or their share of it; so a long prompt never holds up a decoding sequence for longer than
// that share takes. Nor a short prompt: the one that is nearest to its end may take half of the
// room for prompts, the rest goes in their order. A decoding sequence brings as much of its draft
// as there is room for. `slices` is cleared and filled.
void schedule(std::span<const Sequence> sequences, const ScheduleLimits& limits,
              std::vector<ScheduledSlice>& slices);

}  // namespace bantam::engine
