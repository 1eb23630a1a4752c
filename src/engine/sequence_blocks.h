// The cache blocks of a sequence in every group, and the pools they come from.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backend/batch.h"
#include "backend/kv_cache.h"
#include "engine/block_pool.h"

namespace bantam::engine {

// Blocks that one sequence holds. In a group with a window these form a ring: block i of the
// sequence lies in block i mod the ring's size, so that a long sequence holds its window only.
struct SequenceBlocks {
  std::array<std::vector<BlockId>, backend::kCacheGroupsMax> held;
  std::array<std::vector<BlockId>, backend::kCacheGroupsMax> table;  // block i of the sequence

  backend::BlockTables tables() const;
};

// One pool for each group of a cache. Owned by the engine's thread.
class BlockPools {
 public:
  // `context_tokens` of the longest sequence; passes take at most `batch_tokens`.
  BlockPools(const backend::CacheLayout& layout, const backend::GroupCounts& block_counts,
             std::int64_t context_tokens, std::int64_t batch_tokens);

  // Gives the sequence, which may hold some already, what it needs for `tokens` tokens. Does
  // nothing and returns false where a group has too few.
  bool try_extend(SequenceBlocks& blocks, std::int64_t tokens);
  void free(SequenceBlocks& blocks);
  // How many of the first `wanted` tokens a sequence can begin with that takes over blocks in which
  // `written` positions were computed, the last ones maybe in vain: none where windows or states
  // have moved on.
  std::int64_t reusable(std::int64_t written, std::int64_t wanted) const;
  // Frees what the first `tokens` tokens do not need.
  void truncate(SequenceBlocks& blocks, std::int64_t tokens);

  // Whether layers keep a state, which cannot go back to an earlier token.
  bool has_states() const;
  // Of the group that runs out first: for messages.
  std::int64_t free_count() const;
  // Every block of every group is free or held by one of `owners`.
  bool check_integrity(std::span<const SequenceBlocks* const> owners) const;

 private:
  std::int64_t needed(std::size_t group, std::int64_t tokens) const;
  bool is_ring(std::size_t group) const;

  const std::vector<backend::CacheGroup> groups_;
  std::vector<std::int64_t> ring_sizes_;  // blocks that one sequence holds at the most
  std::vector<BlockPool> pools_;
};

}  // namespace bantam::engine
