#include "engine/scheduler.h"

#include <algorithm>

namespace bantam::engine {

void schedule(std::span<const Sequence> sequences, const ScheduleLimits& limits,
              std::vector<ScheduledSlice>& slices) {
  slices.clear();
  std::int64_t room = limits.batch_tokens;
  std::int64_t outputs = limits.output_rows;
  const auto take = [&](bool decoding) {
    for (std::size_t i = 0; i < sequences.size() && room > 0; ++i) {
      const std::int64_t pending = sequences[i].pending();
      if (pending == 0 || (pending == 1) != decoding) continue;
      const std::int64_t count = std::min(pending, room);
      const bool wants_logits = count == pending;
      if (wants_logits && outputs == 0) continue;
      const std::int64_t drafted =
          decoding ? std::min({std::ssize(sequences[i].drafts.draft), room - 1, outputs - 1}) : 0;
      slices.push_back({i, count, wants_logits, drafted});
      room -= count + drafted;
      outputs -= (wants_logits ? 1 : 0) + drafted;
    }
  };
  take(true);
  if (!slices.empty()) room = std::min(room, limits.prefill_tokens);
  take(false);
}

}  // namespace bantam::engine
