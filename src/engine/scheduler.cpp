#include "engine/scheduler.h"

#include <algorithm>

namespace bantam::engine {
namespace {

// What is left of a pass while it is filled.
struct Room {
  std::int64_t rows = 0;
  std::int64_t outputs = 0;
};

// Takes at most `count_max` pending tokens of a sequence, and of its draft what fits.
void take(std::span<const Sequence> sequences, std::size_t index, std::int64_t count_max,
          Room& room, std::vector<ScheduledSlice>& slices) {
  const std::int64_t pending = sequences[index].pending();
  const std::int64_t count = std::min({pending, count_max, room.rows});
  const bool wants_logits = count == pending;
  if (count == 0 || (wants_logits && room.outputs == 0)) return;
  const auto draft = std::ssize(sequences[index].drafts.draft);
  const std::int64_t drafted =
      pending == 1 ? std::min({draft, room.rows - 1, room.outputs - 1}) : 0;
  slices.push_back({index, count, wants_logits, drafted});
  room.rows -= count + drafted;
  room.outputs -= (wants_logits ? 1 : 0) + drafted;
}

}  // namespace

void schedule(std::span<const Sequence> sequences, const ScheduleLimits& limits,
              std::vector<ScheduledSlice>& slices) {
  slices.clear();
  Room room{limits.batch_tokens, limits.output_rows};
  const auto is_prompt = [&](std::size_t i) { return sequences[i].pending() > 1; };
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (!is_prompt(i)) take(sequences, i, 1, room, slices);
  }
  if (!slices.empty()) room.rows = std::min(room.rows, limits.prefill_tokens);
  std::size_t nearest = sequences.size();
  std::int64_t pending = 0;  // of all prompts
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (!is_prompt(i)) continue;
    pending += sequences[i].pending();
    if (nearest == sequences.size() || sequences[i].pending() < sequences[nearest].pending()) {
      nearest = i;
    }
  }
  if (nearest == sequences.size()) return;
  const std::int64_t left_by_others = room.rows - (pending - sequences[nearest].pending());
  take(sequences, nearest, std::max((room.rows + 1) / 2, left_by_others), room, slices);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (is_prompt(i) && i != nearest) take(sequences, i, room.rows, room, slices);
  }
}

}  // namespace bantam::engine
