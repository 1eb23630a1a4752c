// What one forward pass computes: flat arrays over the tokens of all sequences in it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backend/kv_cache.h"

namespace bantam::backend {

// The cache blocks of a sequence in each group, from position 0 on; a state group's has one entry.
// In a group with a window, entries of blocks that the window has left may name none.
using BlockTables = std::array<std::span<const std::int32_t>, kCacheGroupsMax>;

// Consecutive tokens of one sequence: rows [first_row, first_row + row_count) of the batch stand at
// positions first_position, first_position + 1, … of that sequence.
struct SequenceSlice {
  std::int64_t first_row = 0;
  std::int64_t row_count = 0;
  std::int64_t first_position = 0;
  BlockTables blocks;
  bool is_long_rope = false;  // keys of this sequence turn by the long frequencies
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
