#include "engine/speculative/ngram_index.h"

#include <gtest/gtest.h>

#include "engine/speculative/ngram_drafter.h"

namespace bantam::engine {
namespace {

using Ids = std::vector<std::int32_t>;

std::optional<NgramIndex::Match> find(const Ids& tokens) {
  NgramIndex index(1000);
  index.extend(tokens);
  return index.find(tokens);
}

TEST(NgramIndex, FindsTheLatestOccurrence) {
  const auto match = find({1, 2, 7, 1, 2, 8, 1, 2});
  ASSERT_TRUE(match);
  EXPECT_EQ(match->length, 2U);
  EXPECT_EQ(match->next, 5U);
}

TEST(NgramIndex, PrefersALongerOneThatIsOlder) {
  const auto match = find({5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2});
  ASSERT_TRUE(match);
  EXPECT_EQ(match->length, 3U);
  EXPECT_EQ(match->next, 3U);
}

TEST(NgramIndex, LooksNoFurtherBackThanItsLongest) {
  const auto match = find({1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6});
  ASSERT_TRUE(match);
  EXPECT_EQ(match->length, kNgramMax);
  EXPECT_EQ(match->next, 6U);
}

TEST(NgramIndex, FindsNothingWhereNothingRepeats) {
  EXPECT_FALSE(find({}));
  EXPECT_FALSE(find({1}));
  EXPECT_FALSE(find({1, 2}));
  EXPECT_FALSE(find({1, 2, 3, 1, 4, 3}));  // single tokens do not count
  EXPECT_TRUE(find({3, 3, 3}));            // this pair began one token earlier
}

TEST(NgramIndex, GivesTheSameHoweverItIsFed) {
  Ids tokens;
  for (std::int32_t i = 0; i < 500; ++i) tokens.push_back(i * i % 7 + i % 5);
  NgramIndex slow(500), fast(500);
  for (std::size_t count = 0; count <= tokens.size(); ++count) {
    slow.extend(std::span(tokens).first(count));
  }
  fast.extend(tokens);
  const auto a = slow.find(tokens);
  const auto b = fast.find(tokens);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->next, b->next);
  EXPECT_EQ(a->length, b->length);
}

// Its tables are far too small for so many tokens: entries are lost, but never mistaken.
TEST(NgramIndex, NeverTakesOneNgramForAnother) {
  Ids tokens;
  std::uint32_t random = 1;
  NgramIndex index(8);
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    random = random * 1664525 + 1013904223;
    tokens.push_back(static_cast<std::int32_t>(random >> 28));
    index.extend(tokens);
    const auto match = index.find(tokens);
    if (!match) continue;
    ++found;
    for (std::size_t j = 1; j <= match->length; ++j) {
      ASSERT_EQ(tokens[match->next - j], tokens[tokens.size() - j]);
    }
  }
  EXPECT_GT(found, 100);
}

Ids drafted(const Ids& tokens, std::int64_t count) {
  NgramDrafter drafter(1);
  drafter.begin(1, 1000);
  Ids draft;
  if (!drafter.kind(1, tokens)) return draft;
  const DraftRequest request{.sequence = 1, .tokens = tokens, .count = count, .draft = &draft};
  drafter.draft({&request, 1});
  drafter.end(1);
  return draft;
}

TEST(NgramDrafter, GuessesThatTheTextGoesOnAsBefore) {
  EXPECT_EQ(drafted({4, 5, 6, 7, 8, 9, 4, 5}, 3), (Ids{6, 7, 8}));
  EXPECT_EQ(drafted({4, 5, 6, 7, 8}, 3), Ids{});
}

TEST(NgramDrafter, RepeatsALoopPastTheEndOfTheText) {
  EXPECT_EQ(drafted({1, 2, 3, 1, 2, 3}, 7), (Ids{1, 2, 3, 1, 2, 3, 1}));
  EXPECT_EQ(drafted({1, 1, 1}, 4), (Ids{1, 1, 1, 1}));
}

TEST(NgramDrafter, GoesOnCopyingAfterAReplacedToken) {
  NgramDrafter drafter(1);
  drafter.begin(1, 100);
  Ids tokens = {4, 5, 6, 7, 8, 9, 10, 4, 5}, draft;
  EXPECT_TRUE(drafter.kind(1, tokens));
  tokens.push_back(99);  // in the place of 6
  EXPECT_EQ(drafter.kind(1, tokens), 0U);
  const DraftRequest request{.sequence = 1, .tokens = tokens, .count = 3, .draft = &draft};
  drafter.draft({&request, 1});
  EXPECT_EQ(draft, (Ids{7, 8, 9}));
  for (std::int32_t other = 50; other < 60; ++other) tokens.push_back(other);
  EXPECT_FALSE(drafter.kind(1, tokens)) << "the copy is long over";
}

TEST(NgramDrafter, IsSurerOfLongerRepetitions) {
  NgramDrafter drafter(1);
  for (std::size_t kind = 1; kind < kDraftKinds; ++kind) {
    EXPECT_GE(drafter.expected_acceptance(kind), drafter.expected_acceptance(kind - 1));
  }
}

}  // namespace
}  // namespace bantam::engine
