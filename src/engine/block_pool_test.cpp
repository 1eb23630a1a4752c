#include "engine/block_pool.h"

#include <gtest/gtest.h>

namespace bantam::engine {
namespace {

TEST(BlockPool, HandsOutEveryBlockOnceAndTakesThemBack) {
  BlockPool pool(5);
  std::vector<BlockId> first, second;
  EXPECT_TRUE(pool.try_allocate(3, first));
  EXPECT_FALSE(pool.try_allocate(3, second));
  EXPECT_TRUE(second.empty());
  EXPECT_TRUE(pool.try_allocate(2, second));
  EXPECT_EQ(pool.free_count(), 0);
  EXPECT_TRUE(pool.check_integrity());
  pool.free(first);
  EXPECT_EQ(pool.free_count(), 3);
  EXPECT_TRUE(pool.check_integrity());
}

TEST(BlockPoolDeathTest, AbortsWhenABlockIsFreedTwice) {
  BlockPool pool(2);
  std::vector<BlockId> blocks;
  pool.try_allocate(1, blocks);
  pool.free(blocks);
  EXPECT_DEATH(pool.free(blocks), "freed only by its owner");
}

}  // namespace
}  // namespace bantam::engine
