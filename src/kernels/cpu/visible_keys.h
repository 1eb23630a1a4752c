// Which keys of a cache block a row of an AttentionTask sees.
#pragma once

#include <cstdint>
#include <limits>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// Keys [begin, end) of one block.
struct KeyRange {
  std::int64_t begin, end;
};

// Keys of block `block` that the token at `position` sees.
[[maybe_unused]] inline KeyRange visible_keys(const AttentionTask& task, std::int64_t position,
                                              std::int64_t block) {
  const std::int64_t first = block * task.block_tokens;
  const std::int64_t oldest = position < task.window ? 0 : position - task.window + 1;
  const std::int64_t begin = oldest > first ? oldest - first : 0;
  const std::int64_t end =
      position + 1 - first < task.block_tokens ? position + 1 - first : task.block_tokens;
  return {begin, end};
}

// Whether the sparse pattern shows keys of sparse block `key` to queries of sparse block `query`.
[[maybe_unused]] inline bool sees(const AttentionTask& task, std::int64_t head, std::int64_t query,
                                  std::int64_t key) {
  const SparseBlocks& sparse = task.sparse;
  if (query - key < sparse.local_blocks) return true;
  return (key + (task.first_head + head) * sparse.head_step + 1) % sparse.vertical_stride == 0;
}

// The keys of `range` from the first to the last that the sparse pattern shows to a row. The scores
// of the keys that it hides become -infinity, which the softmax makes a weight of 0; `scores` may
// be null.
[[maybe_unused]] inline KeyRange shown_keys(const AttentionTask& task, std::int64_t head,
                                            std::int64_t position, std::int64_t block,
                                            KeyRange range, float* scores) {
  const std::int64_t size = task.sparse.block_size;
  const std::int64_t first = block * task.block_tokens;
  KeyRange shown{range.end, range.end};
  for (std::int64_t j = range.begin; j < range.end;) {
    const std::int64_t key_block = (first + j) / size;
    const std::int64_t next = (key_block + 1) * size - first;
    const std::int64_t end = next < range.end ? next : range.end;
    if (sees(task, head, position / size, key_block)) {
      if (j < shown.begin) shown.begin = j;
      shown.end = end;
    } else if (scores != nullptr) {
      for (std::int64_t i = j; i < end; ++i) scores[i] = -std::numeric_limits<float>::infinity();
    }
    j = end;
  }
  return shown;
}

// Whether any row of the task sees any key of a block.
[[maybe_unused]] inline bool is_seen(const AttentionTask& task, std::int64_t block) {
  if (task.sparse.block_size == 0) return true;
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    const std::int64_t position = task.first_position + token;
    const KeyRange range = visible_keys(task, position, block);
    for (std::int64_t head = 0; head < task.heads; ++head) {
      const KeyRange shown = shown_keys(task, head, position, block, range, nullptr);
      if (shown.begin < shown.end) return true;
    }
  }
  return false;
}

}  // namespace
}  // namespace bantam::kernels
