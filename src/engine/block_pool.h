// Who owns which block of the cache.
#pragma once

#include <cstdint>
#include <vector>

namespace bantam::engine {

using BlockId = std::int32_t;

// Hands out block numbers 0 to block_count - 1. Owned by the engine's thread; never allocates after
// construction.
class BlockPool {
 public:
  explicit BlockPool(std::int64_t block_count);

  std::int64_t block_count() const { return static_cast<std::int64_t>(is_taken_.size()); }
  std::int64_t free_count() const { return static_cast<std::int64_t>(free_.size()); }

  // Appends `count` blocks to `blocks`, or does nothing and returns false where fewer are free.
  bool try_allocate(std::int64_t count, std::vector<BlockId>& blocks);
  // Takes blocks back; each was allocated and not freed since.
  void free(const std::vector<BlockId>& blocks);

  // Every block is either free or taken, once: for tests and checked builds.
  bool check_integrity() const;

 private:
  std::vector<BlockId> free_;
  std::vector<unsigned char> is_taken_;
};

}  // namespace bantam::engine
