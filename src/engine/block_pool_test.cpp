#include "engine/block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bantam::engine {
namespace {

TEST(BlockPool, HandsOutEveryBlockOnceAndTakesThemBack) {
  BlockPool pool(3);
  std::vector<BlockId> blocks;
  while (const auto block = pool.try_allocate()) blocks.push_back(*block);
  std::ranges::sort(blocks);
  EXPECT_EQ(blocks, (std::vector<BlockId>{0, 1, 2}));
  EXPECT_TRUE(pool.check_integrity());
  pool.release(1);
  EXPECT_EQ(pool.free_count(), 1);
  EXPECT_EQ(pool.try_allocate(), 1);
  EXPECT_TRUE(pool.check_integrity());
}

TEST(BlockPool, FreeingASharedBlockKeepsItForOthers) {
  BlockPool pool(1);
  const BlockId block = *pool.try_allocate();
  pool.hold(block);
  pool.release(block);
  EXPECT_FALSE(pool.try_allocate());
  EXPECT_EQ(pool.holder_count(block), 1);
  pool.release(block);
  EXPECT_TRUE(pool.try_allocate());
}

TEST(BlockPool, KeepsABlockBeyondItsHolders) {
  BlockPool pool(2);
  const BlockId block = *pool.try_allocate();
  pool.keep(block);
  EXPECT_EQ(pool.idle_count(), 0);
  pool.release(block);
  EXPECT_EQ(pool.idle_count(), 1);
  EXPECT_EQ(pool.free_count(), 1);
  EXPECT_TRUE(pool.check_integrity());
  pool.hold(block);
  EXPECT_EQ(pool.idle_count(), 0);
  pool.drop(block);
  EXPECT_EQ(pool.free_count(), 1) << "it has a holder";
  pool.release(block);
  EXPECT_EQ(pool.free_count(), 2);
  EXPECT_TRUE(pool.check_integrity());
}

TEST(BlockPoolDeathTest, AbortsWhereWhatIsFreeIsGivenBack) {
  BlockPool pool(2);
  const BlockId block = *pool.try_allocate();
  pool.release(block);
  EXPECT_DEATH(pool.release(block), "released only by a holder");
  EXPECT_DEATH(pool.hold(block), "nothing to share");
  EXPECT_DEATH(pool.drop(block), "only where it was kept");
}

}  // namespace
}  // namespace bantam::engine
