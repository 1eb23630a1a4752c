#include "engine/prefix_cache.h"

#include <gtest/gtest.h>

#include <numeric>

#include "backend/kv_cache.h"

namespace bantam::engine {
namespace {

using backend::kBlockTokens;
using Ids = std::vector<std::int32_t>;
using NodeId = PrefixCache::NodeId;

constexpr std::int64_t kContext = 512;

backend::CacheLayout layout(std::vector<backend::KvLayerShape> layers) {
  return {std::move(layers), DType::F16, DType::F16};
}

const backend::KvLayerShape kWhole{.head_count = 1, .key_size = 32, .value_size = 32};
const backend::KvLayerShape kWindow{
    .head_count = 1, .key_size = 32, .value_size = 32, .window = 40};
const backend::KvLayerShape kState{.state_bytes = 64};

// A tree with sequences that only hold blocks, and compute nothing.
struct Tree {
  explicit Tree(const std::vector<backend::KvLayerShape>& layers, std::int64_t blocks = 8)
      : pools(layout(layers), {blocks, blocks, blocks, blocks}), cache(pools, kContext) {}

  // Puts all of `tokens` in, as a sequence does that ends, with a state after the last one.
  void insert(const Ids& tokens, const PrefixKey& key = {}) {
    NodeId node = cache.pin_root(key);
    for (std::size_t begin = 0; begin < tokens.size(); begin += kBlockTokens) {
      const std::size_t end = std::min(tokens.size(), begin + kBlockTokens);
      std::array<BlockId, backend::kCacheGroupsMax> blocks;
      blocks.fill(kNoBlock);
      for (std::size_t group = 0; group < pools.groups().size(); ++group) {
        if (pools.groups()[group].is_state && end < tokens.size()) continue;
        blocks[group] =
            *pools.try_allocate(group, [&](std::size_t g) { return cache.try_drop(g); });
      }
      node = cache.add(node, std::span(tokens).subspan(begin, end - begin), blocks);
      for (std::size_t group = 0; group < pools.groups().size(); ++group) {
        if (blocks[group] != kNoBlock) pools.pool(group).release(blocks[group]);
      }
    }
    cache.touch_path(node);
    cache.unpin(node);
    EXPECT_TRUE(cache.check_integrity());
  }

  std::int64_t found(const Ids& tokens, const PrefixKey& key = {}) {
    const NodeId root = cache.find_root(key);
    if (root == PrefixCache::kNone) return 0;
    const auto match = cache.find(root, tokens);
    cache.touch(match);
    return match.tokens;
  }

  BlockPools pools;
  PrefixCache cache;
};

Ids ids(std::int32_t first, std::int64_t count) {
  Ids result(static_cast<std::size_t>(count));
  std::iota(result.begin(), result.end(), first);
  return result;
}

Ids joined(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(PrefixCache, FindsWhatTokensHaveInCommonToTheToken) {
  Tree tree({kWhole});
  tree.insert(ids(0, 75));
  EXPECT_EQ(tree.found(ids(0, 75)), 75);
  EXPECT_EQ(tree.found(ids(0, 200)), 75);
  EXPECT_EQ(tree.found(ids(0, 50)), 50);
  EXPECT_EQ(tree.found(joined(ids(0, 41), ids(7, 60))), 41);
  EXPECT_EQ(tree.found(ids(1, 75)), 0);
  EXPECT_EQ(tree.found({}), 0);
}

TEST(PrefixCache, BranchesWhereTokensPart) {
  Tree tree({kWhole});
  tree.insert(joined(ids(0, 40), ids(100, 40)));
  tree.insert(joined(ids(0, 40), ids(200, 40)));
  EXPECT_EQ(tree.pools.pool(0).idle_count(), 5) << "the first block is shared";
  EXPECT_EQ(tree.found(joined(ids(0, 40), ids(100, 40))), 80);
  EXPECT_EQ(tree.found(joined(ids(0, 40), ids(200, 40))), 80);
}

TEST(PrefixCache, KeepsSaltsAndRotationsApart) {
  Tree tree({kWhole});
  tree.insert(ids(0, 64), {.salt = "a"});
  EXPECT_EQ(tree.found(ids(0, 64), {.salt = "a"}), 64);
  EXPECT_EQ(tree.found(ids(0, 64), {.salt = "b"}), 0);
  EXPECT_EQ(tree.found(ids(0, 64), {.salt = ""}), 0);
  EXPECT_EQ(tree.found(ids(0, 64), {.salt = "a", .is_long_rope = true}), 0);
}

TEST(PrefixCache, ReplacesAnEndByTheSequenceThatWentOn) {
  Tree tree({kWhole});
  tree.insert(ids(0, 40));
  tree.insert(ids(0, 50));
  EXPECT_EQ(tree.pools.pool(0).idle_count(), 2);
  tree.insert(ids(0, 64));
  tree.insert(ids(0, 45));
  EXPECT_EQ(tree.pools.pool(0).idle_count(), 2) << "a block says what its beginning says";
  EXPECT_EQ(tree.found(ids(0, 64)), 64);
}

TEST(PrefixCache, DropsTheLeastRecentlyUsedEndFirst) {
  Tree tree({kWhole}, 6);
  tree.insert(joined(ids(0, 32), ids(100, 64)));
  tree.insert(joined(ids(0, 32), ids(200, 64)));
  EXPECT_EQ(tree.pools.pool(0).free_count(), 1);
  EXPECT_EQ(tree.found(joined(ids(0, 32), ids(100, 64))), 96);
  tree.insert(ids(300, 64));
  EXPECT_EQ(tree.found(joined(ids(0, 32), ids(200, 64))), 64) << "its last block is gone";
  EXPECT_EQ(tree.found(joined(ids(0, 32), ids(100, 64))), 96);
  EXPECT_EQ(tree.found(ids(300, 64)), 64);
}

TEST(PrefixCache, NeverDropsWhatASequenceHolds) {
  Tree tree({kWhole}, 3);
  tree.insert(ids(0, 64));
  const auto match = tree.cache.find(tree.cache.find_root({}), ids(0, 64));
  const BlockId held = tree.cache.block(match.path[1], 0);
  tree.pools.pool(0).hold(tree.cache.block(match.path[0], 0));
  tree.pools.pool(0).hold(held);
  EXPECT_FALSE(tree.cache.try_drop(0));
  tree.pools.pool(0).release(held);
  EXPECT_TRUE(tree.cache.try_drop(0));
  EXPECT_FALSE(tree.cache.try_drop(0)) << "what comes before it is held";
  EXPECT_TRUE(tree.cache.check_integrity());
}

TEST(PrefixCache, KeepsKnownWhatIsHeldAndDropsWhatIsYounger) {
  Tree tree({kWhole}, 3);
  tree.insert(ids(0, 32));
  const auto match = tree.cache.find(tree.cache.find_root({}), ids(0, 32));
  tree.pools.pool(0).hold(tree.cache.block(match.path[0], 0));
  tree.insert(ids(100, 32));
  EXPECT_TRUE(tree.cache.try_drop(0));
  EXPECT_EQ(tree.found(ids(0, 32)), 32);
  EXPECT_EQ(tree.found(ids(100, 32)), 0);
}

TEST(PrefixCache, GoesOnOnlyWhereWindowsHaveWhatTheyLookInto) {
  Tree tree({kWhole, kWindow});
  tree.insert(ids(0, 160));
  EXPECT_EQ(tree.found(ids(0, 150)), 150);
  tree.cache.find(tree.cache.find_root({}), ids(0, 160));
  ASSERT_TRUE(tree.cache.try_drop(1));  // the first or second block of the window's group
  ASSERT_TRUE(tree.cache.try_drop(1));
  ASSERT_TRUE(tree.cache.try_drop(1));  // and now one more
  EXPECT_EQ(tree.found(ids(0, 160)), 160) << "a window of 40 lies in the last two blocks";
  EXPECT_EQ(tree.found(ids(0, 130)), 0) << "it reaches into the third one";
  EXPECT_TRUE(tree.cache.check_integrity());
}

TEST(PrefixCache, TakesNoPartOfABlockForOneThatIsGone) {
  Tree tree({kWhole, kWindow});
  tree.insert(ids(0, 64));
  while (tree.cache.try_drop(1)) {
  }
  tree.insert(ids(0, 40));
  EXPECT_EQ(tree.found(ids(0, 64)), 32) << "the second block of the window holds 8 tokens of 32";
  tree.insert(ids(0, 64));
  EXPECT_EQ(tree.found(ids(0, 64)), 64);
}

TEST(PrefixCache, GoesOnOnlyWhereAStateStands) {
  Tree tree({kWhole, kState});
  tree.insert(ids(0, 75));
  tree.insert(ids(0, 32));
  EXPECT_EQ(tree.found(ids(0, 75)), 75);
  EXPECT_EQ(tree.found(ids(0, 74)), 32);
  EXPECT_EQ(tree.found(ids(0, 200)), 75);
  EXPECT_EQ(tree.found(ids(0, 31)), 0);
}

TEST(PrefixCache, ForgetsEverythingWhenCleared) {
  Tree tree({kWhole, kWindow, kState});
  tree.insert(ids(0, 75), {.salt = "a"});
  tree.insert(ids(9, 64));
  tree.cache.clear();
  for (std::size_t group = 0; group < 3; ++group) {
    EXPECT_EQ(tree.pools.pool(group).free_count(), tree.pools.pool(group).block_count());
  }
  EXPECT_EQ(tree.cache.find_root({}), PrefixCache::kNone);
  EXPECT_TRUE(tree.cache.check_integrity());
}

}  // namespace
}  // namespace bantam::engine
