#include "engine/sequence_blocks.h"

#include <gtest/gtest.h>

namespace bantam::engine {
namespace {

using Ids = std::vector<BlockId>;

const backend::KvLayerShape kWhole{.head_count = 1, .key_size = 32, .value_size = 32};
const backend::KvLayerShape kWindow{
    .head_count = 1, .key_size = 32, .value_size = 32, .window = 40};
const backend::KvLayerShape kState{.state_bytes = 64};

BlockPools pools(std::vector<backend::KvLayerShape> layers, std::int64_t blocks) {
  const backend::CacheLayout layout(std::move(layers), DType::F16, DType::F16);
  return {layout, {blocks, blocks, blocks, blocks}};
}

std::size_t held(const SequenceBlocks& blocks, std::size_t group) {
  return blocks.table[group].size() - static_cast<std::size_t>(blocks.first[group]);
}

TEST(BlockPools, GiveASequenceWhatEachGroupNeeds) {
  BlockPools all = pools({kWhole, kWindow, kState}, 8);
  SequenceBlocks blocks;
  ASSERT_TRUE(all.try_prepare(blocks, {0, 33}));
  EXPECT_EQ(held(blocks, 0), 2U);
  EXPECT_EQ(held(blocks, 1), 2U);
  EXPECT_EQ(held(blocks, 2), 1U);
  ASSERT_TRUE(all.try_prepare(blocks, {33, 65}));
  ASSERT_TRUE(all.try_prepare(blocks, {65, 104}));
  EXPECT_EQ(held(blocks, 0), 4U);
  EXPECT_EQ(held(blocks, 1), 4U) << "a token at 65 looks into 26";
  ASSERT_TRUE(all.try_prepare(blocks, {104, 105}));
  EXPECT_EQ(held(blocks, 1), 2U) << "a token at 104 looks into 65";
  EXPECT_EQ(blocks.table[1][1], kNoBlock);
  const SequenceBlocks* owner = &blocks;
  EXPECT_TRUE(all.check_integrity({&owner, 1}));
  all.release(blocks);
  EXPECT_EQ(all.pool(0).free_count() + all.pool(1).free_count() + all.pool(2).free_count(), 24);
}

TEST(BlockPools, SayWhereTheyRunOutAndGoOnWhereSomeAreFreed) {
  BlockPools all = pools({kWhole}, 3);
  SequenceBlocks first, second;
  ASSERT_TRUE(all.try_prepare(first, {0, 64}));
  EXPECT_FALSE(all.try_prepare(second, {0, 64}));
  int asked = 0;
  EXPECT_TRUE(all.try_prepare(second, {0, 64}, [&](std::size_t) {
    ++asked;
    all.release(first);
    return true;
  }));
  EXPECT_EQ(asked, 1);
}

TEST(BlockPools, KeepWhatAGuessMayGoBackTo) {
  BlockPools all = pools({kWindow}, 8);
  SequenceBlocks plain, guessed;
  for (SequenceBlocks* blocks : {&plain, &guessed}) ASSERT_TRUE(all.try_prepare(*blocks, {0, 72}));
  ASSERT_TRUE(all.try_prepare(plain, {72, 73}));
  ASSERT_TRUE(all.try_prepare(guessed, {72, 73, 4}));
  EXPECT_EQ(all.reusable(plain, 68), 0) << "a token at 68 looks into 29";
  EXPECT_EQ(all.reusable(guessed, 68), 68);
}

TEST(BlockPools, NeverTakeForComputedWhatIsNot) {
  BlockPools all = pools({kWindow}, 8);
  SequenceBlocks blocks;
  ASSERT_TRUE(all.try_prepare(blocks, {0, 72}));
  ASSERT_TRUE(all.try_prepare(blocks, {72, 73}));
  ASSERT_TRUE(all.try_prepare(blocks, {73, 74, 8}));
  EXPECT_EQ(all.reusable(blocks, 68), 0) << "the window had left it before";
}

}  // namespace
}  // namespace bantam::engine
