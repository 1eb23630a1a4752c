#include "engine/block_pool.h"

#include "base/check.h"

namespace bantam::engine {

BlockPool::BlockPool(std::int64_t block_count) : is_taken_(static_cast<std::size_t>(block_count)) {
  free_.reserve(is_taken_.size());
  for (std::int64_t block = block_count - 1; block >= 0; --block) {
    free_.push_back(static_cast<BlockId>(block));
  }
}

bool BlockPool::try_allocate(std::int64_t count, std::vector<BlockId>& blocks) {
  if (count > free_count()) return false;
  for (std::int64_t i = 0; i < count; ++i) {
    blocks.push_back(free_.back());
    is_taken_[static_cast<std::size_t>(free_.back())] = 1;
    free_.pop_back();
  }
  return true;
}

void BlockPool::free(const std::vector<BlockId>& blocks) {
  for (const BlockId block : blocks) {
    unsigned char& taken = is_taken_[static_cast<std::size_t>(block)];
    BANTAM_CHECK(taken != 0, "a block is freed only by its owner");
    taken = 0;
    free_.push_back(block);
  }
}

bool BlockPool::check_integrity() const {
  std::vector<unsigned char> seen = is_taken_;
  for (const BlockId block : free_) {
    if (seen[static_cast<std::size_t>(block)] != 0) return false;
    seen[static_cast<std::size_t>(block)] = 1;
  }
  for (const unsigned char flag : seen) {
    if (flag == 0) return false;
  }
  return true;
}

}  // namespace bantam::engine
