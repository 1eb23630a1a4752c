// What one forward pass computes: flat arrays over the tokens of all sequences in it.
#pragma once

#include <cstdint>
#include <span>

namespace bantam::backend {

// Consecutive tokens of one sequence: rows [first_row, first_row + row_count) of the batch stand at
// positions first_position, first_position + 1, … of that sequence.
struct SequenceSlice {
  std::int64_t first_row = 0;
  std::int64_t row_count = 0;
  std::int64_t first_position = 0;
  std::span<const std::int32_t> blocks;  // cache blocks of the sequence, from position 0 on
  bool is_long_rope = false;             // keys of this sequence turn by the long frequencies
};

// Views arrays that outlive the pass.
struct Batch {
  std::span<const std::int32_t> tokens;       // [rows] ids
  std::span<const std::int32_t> positions;    // [rows]
  std::span<const SequenceSlice> slices;      // cover the rows in order
  std::span<const std::int32_t> output_rows;  // rows that want logits, ascending

  std::int64_t row_count() const { return static_cast<std::int64_t>(tokens.size()); }
};

}  // namespace bantam::backend
