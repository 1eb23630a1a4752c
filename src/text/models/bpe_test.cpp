#include "text/models/bpe.h"

#include <gtest/gtest.h>

#include <random>

namespace bantam::text {
namespace {

// Joins the best pair of the whole word until there is none: what both fast ways must give.
std::vector<TokenId> slowly(std::vector<TokenId> symbols, const std::vector<BpeMerge>& merges) {
  for (;;) {
    const BpeMerge* best = nullptr;
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      for (const BpeMerge& merge : merges) {
        if (merge.left != symbols[i] || merge.right != symbols[i + 1]) continue;
        if (best == nullptr || merge.rank < best->rank) best = &merge, place = i;
      }
    }
    if (best == nullptr) return symbols;
    symbols[place] = best->result;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

// Bytes a to d and random merges of what there is; low ranks may need the results of high ones.
struct RandomModel {
  std::vector<std::string> texts{"a", "b", "c", "d"};
  BpeParts parts;

  RandomModel(std::mt19937& random, bool equal_ranks) {
    parts.options.byte_level = true;
    parts.byte_tokens.fill(-1);
    for (int i = 0; i < 4; ++i) parts.byte_tokens[static_cast<std::size_t>('a' + i)] = i;
    for (std::uint32_t i = 0; i < 40; ++i) {
      const auto left = static_cast<TokenId>(random() % texts.size());
      const auto right = static_cast<TokenId>(random() % texts.size());
      const std::string text =
          texts[static_cast<std::size_t>(left)] + texts[static_cast<std::size_t>(right)];
      if (std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
      const std::uint32_t rank =
          equal_ranks ? static_cast<std::uint32_t>(random() % 3) : i * 7919 % 40;
      parts.merges.push_back({left, right, rank, static_cast<TokenId>(texts.size())});
      texts.push_back(text);
    }
    parts.vocabulary_size = static_cast<TokenId>(texts.size());
  }
};

std::vector<TokenId> encode(const BpeModel& model, std::string_view text) {
  EncodeScratch scratch;
  std::vector<TokenId> ids;
  model.encode(text, scratch, ids);
  return ids;
}

TEST(BpeModel, JoinsTheBestPairFirstInWordsOfAnyLength) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const RandomModel made(random, seed % 2 == 0);
    const BpeModel model(made.parts);
    for (const std::size_t length : {1, 2, 7, 48, 49, 200}) {
      std::string word;
      std::vector<TokenId> bytes;
      for (std::size_t i = 0; i < length; ++i) {
        bytes.push_back(static_cast<TokenId>(random() % (seed % 5 == 0 ? 1 : 4)));
        word += made.texts[static_cast<std::size_t>(bytes.back())];
      }
      ASSERT_EQ(encode(model, word), slowly(bytes, made.parts.merges)) << "seed " << seed;
    }
  }
}

TEST(BpeModel, GivesTheSameIdsFromItsCache) {
  std::mt19937 random(7);
  const RandomModel made(random, false);
  const BpeModel model(made.parts);
  EncodeScratch scratch;
  std::vector<TokenId> first, second;
  model.encode("abcdabcd", scratch, first);
  model.encode("abcdabcd", scratch, second);
  EXPECT_EQ(first, second);
}

TEST(BpeModel, DropsBytesWithoutATokenSoThatTheirNeighboursMeet) {
  BpeParts parts;
  parts.options.byte_level = true;
  parts.byte_tokens.fill(-1);
  parts.byte_tokens['a'] = 0, parts.byte_tokens['b'] = 1;
  parts.merges = {{0, 1, 0, 2}};
  parts.vocabulary_size = 3;
  EXPECT_EQ(encode(BpeModel(parts),
                   "a\x01"
                   "b"),
            (std::vector<TokenId>{2}));
}

TEST(MergeQueue, GivesLatePairsBeforeWhatIsLeftOfTheirBucket) {
  MergeQueue queue;
  queue.reset(10);
  for (const auto& [rank, place] : {std::pair{5u, 8u}, {5u, 2u}, {3u, 4u}, {7u, 1u}})
    queue.push({rank, place});
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
  for (MergeQueue::Entry entry; queue.pop(entry);) {
    order.emplace_back(entry.rank, entry.place);
    if (order.size() == 2) queue.push({5, 3}), queue.push({4, 9}), queue.push({6, 0});
  }
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected{
      {3, 4}, {5, 2}, {4, 9}, {5, 3}, {5, 8}, {6, 0}, {7, 1}};
  EXPECT_EQ(order, expected);
}

TEST(MergeQueue, ForgetsAnUnfinishedWord) {
  MergeQueue queue;
  queue.reset(10);
  queue.push({5, 1});
  queue.push({6, 1});
  MergeQueue::Entry entry;
  ASSERT_TRUE(queue.pop(entry));
  queue.reset(10);
  EXPECT_FALSE(queue.pop(entry));
  queue.push({6, 2});
  ASSERT_TRUE(queue.pop(entry));
  EXPECT_EQ(entry.place, 2u);
}

TEST(WordCache, KnowsOnlyWordsThatFit) {
  WordCache cache;
  const std::vector<TokenId> nine(9, 1);
  std::vector<TokenId> out;
  cache.put("word", nine.data(), 8);
  cache.put("other", nine.data(), 9);
  cache.put(std::string(31, 'x'), nine.data(), 1);
  EXPECT_TRUE(cache.append("word", out));
  EXPECT_EQ(out.size(), 8u);
  EXPECT_FALSE(cache.append("other", out));
  EXPECT_FALSE(cache.append(std::string(31, 'x'), out));
}

}  // namespace
}  // namespace bantam::text
