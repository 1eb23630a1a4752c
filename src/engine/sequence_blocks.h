// The cache blocks of a sequence in every group, and the pools they come from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/batch.h"
#include "backend/kv_cache.h"
#include "base/function_ref.h"
#include "engine/block_pool.h"

namespace bantam::engine {

inline constexpr BlockId kNoBlock = -1;

// Blocks that one sequence holds, alone or with others. In a group with a window it holds those
// that the next token looks into, so that a long sequence holds its window only.
struct SequenceBlocks {
  // Block i of the sequence; kNoBlock where the window has left it. One entry in a state group.
  std::array<std::vector<BlockId>, backend::kCacheGroupsMax> table;
  std::array<std::int64_t, backend::kCacheGroupsMax> first{};  // those before it are kNoBlock

  backend::BlockTables tables() const;
};

// Positions [begin, end) of a sequence, which may later go back by `revocable` from `begin`.
struct PositionRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t revocable = 0;
};

// One pool for each group of a cache. Owned by the engine's thread.
class BlockPools {
 public:
  // Frees a block of the group, or returns false.
  using TryFree = FunctionRef<bool(std::size_t group)>;

  BlockPools(const backend::CacheLayout& layout, const backend::GroupCounts& block_counts);

  // A block with one holder, free or freed by `try_free`. None where that frees no more.
  std::optional<BlockId> try_allocate(std::size_t group, TryFree try_free);

  // Makes sure of the blocks that a pass over `positions` reads and writes; positions before it
  // were computed, those after it are forgotten. Returns false where a group has too few; what was
  // allocated by then stays held.
  bool try_prepare(SequenceBlocks& blocks, PositionRange positions, TryFree try_free);
  // The same with what is free now.
  bool try_prepare(SequenceBlocks& blocks, PositionRange positions);
  void release(SequenceBlocks& blocks);
  // Room in the tables for so many tokens, so that growing to them allocates nothing.
  void reserve(SequenceBlocks& blocks, std::int64_t tokens) const;

  // How many of the first `tokens` tokens, all computed, a sequence can go on from with the blocks
  // it holds: none where windows have left what the next token looks into. For models without
  // states.
  std::int64_t reusable(const SequenceBlocks& blocks, std::int64_t tokens) const;

  std::span<const backend::CacheGroup> groups() const { return groups_; }
  BlockPool& pool(std::size_t group) { return pools_[group]; }
  const BlockPool& pool(std::size_t group) const { return pools_[group]; }
  // The first block of the sequence that a token at `position` looks into.
  std::int64_t first_block(std::size_t group, std::int64_t position) const;

  // Whether layers keep a state, which cannot go back to an earlier token.
  bool has_states() const;
  // Every block of every group is free, kept, or held as often as `owners` say.
  bool check_integrity(std::span<const SequenceBlocks* const> owners) const;

 private:
  void truncate(std::size_t group, SequenceBlocks& blocks, std::int64_t tokens);

  const std::vector<backend::CacheGroup> groups_;
  std::vector<BlockPool> pools_;
};

}  // namespace bantam::engine
