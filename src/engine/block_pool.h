// Who holds which block of the cache.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace bantam::engine {

using BlockId = std::int32_t;

// Block numbers 0 to block_count - 1. A block may have several holders, which share what is in it,
// and may besides be kept for those to come; it is free when it has no holder and is not kept.
// Owned by the engine's thread; never allocates after construction.
class BlockPool {
 public:
  explicit BlockPool(std::int64_t block_count);

  std::int64_t block_count() const { return std::ssize(blocks_); }
  std::int64_t free_count() const { return std::ssize(free_); }
  // Blocks that are kept and have no holder: free as soon as they are dropped.
  std::int64_t idle_count() const { return idle_count_; }

  // A free block, with one holder. None where there is none.
  std::optional<BlockId> try_allocate();
  // One holder more of a block that is not free, and one holder less.
  void hold(BlockId block);
  void release(BlockId block);
  // Keeps a block that has a holder, beyond its holders, and ends that.
  void keep(BlockId block);
  void drop(BlockId block);

  std::int64_t holder_count(BlockId block) const { return at(block).holders; }
  bool is_kept(BlockId block) const { return at(block).is_kept; }

  // Every block is free once, or in use: for tests and checked builds.
  bool check_integrity() const;

 private:
  struct Block {
    std::int32_t holders = 0;
    bool is_kept = false;
    bool is_free() const { return holders == 0 && !is_kept; }
  };
  const Block& at(BlockId block) const { return blocks_[static_cast<std::size_t>(block)]; }
  Block& at(BlockId block) { return blocks_[static_cast<std::size_t>(block)]; }

  std::vector<Block> blocks_;
  std::vector<BlockId> free_;
  std::int64_t idle_count_ = 0;
};

}  // namespace bantam::engine
