#include "engine/block_pool.h"

#include "base/check.h"

namespace bantam::engine {

BlockPool::BlockPool(std::int64_t block_count) : blocks_(static_cast<std::size_t>(block_count)) {
  free_.reserve(blocks_.size());
  for (std::int64_t block = block_count - 1; block >= 0; --block) {
    free_.push_back(static_cast<BlockId>(block));
  }
}

std::optional<BlockId> BlockPool::try_allocate() {
  if (free_.empty()) return std::nullopt;
  const BlockId block = free_.back();
  free_.pop_back();
  at(block).holders = 1;
  return block;
}

void BlockPool::hold(BlockId block) {
  Block& entry = at(block);
  BANTAM_CHECK(!entry.is_free(), "a free block has nothing to share");
  if (entry.holders++ == 0) --idle_count_;
}

void BlockPool::release(BlockId block) {
  Block& entry = at(block);
  BANTAM_CHECK(entry.holders > 0, "a block is released only by a holder");
  if (--entry.holders > 0) return;
  if (entry.is_kept) {
    ++idle_count_;
  } else {
    free_.push_back(block);
  }
}

void BlockPool::keep(BlockId block) {
  Block& entry = at(block);
  BANTAM_CHECK(entry.holders > 0 && !entry.is_kept, "a block is kept once, from a holder");
  entry.is_kept = true;
}

void BlockPool::drop(BlockId block) {
  Block& entry = at(block);
  BANTAM_CHECK(entry.is_kept, "a block is dropped only where it was kept");
  entry.is_kept = false;
  if (entry.holders > 0) return;
  --idle_count_;
  free_.push_back(block);
}

bool BlockPool::check_integrity() const {
  std::vector<bool> is_free(blocks_.size());
  for (const BlockId block : free_) {
    if (!at(block).is_free() || is_free[static_cast<std::size_t>(block)]) return false;
    is_free[static_cast<std::size_t>(block)] = true;
  }
  std::int64_t idle = 0;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].is_free() != is_free[i]) return false;
    if (blocks_[i].holders == 0 && blocks_[i].is_kept) ++idle;
  }
  return idle == idle_count_;
}

}  // namespace bantam::engine
