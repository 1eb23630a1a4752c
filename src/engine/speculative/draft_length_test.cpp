#include "engine/speculative/draft_length.h"

#include <gtest/gtest.h>

namespace bantam::engine {
namespace {

// Of passes of 1, 2, … rows.
PassCosts costs(const std::vector<double>& seconds) {
  PassCosts result(32);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    result.add(static_cast<std::int64_t>(i) + 1, seconds[i]);
  }
  return result;
}

DraftRecord record(double saved_seconds = 100) {
  DraftRecord result;
  result.kinds.resize(2);
  result.saved_seconds = saved_seconds;
  return result;
}

TEST(PassCosts, LieBetweenTheirMeasuredNeighboursOrLower) {
  PassCosts known(32);
  EXPECT_FALSE(known.is_measured());
  known.add(1, 2.0);
  EXPECT_TRUE(known.is_measured());
  EXPECT_DOUBLE_EQ(known.seconds(1), 2.0);
  EXPECT_GT(known.seconds(2), 2.0);  // each row is thought to cost something
  known.add(5, 2.4);
  EXPECT_DOUBLE_EQ(known.seconds(3), 2.2);
  EXPECT_GT(known.seconds(9), 2.4);
  known.add(8, 80.0);  // six and seven rows need not be nearly as dear
  EXPECT_LT(known.seconds(7), 4.0);
}

TEST(PassCosts, LeanToTheLowSide) {
  PassCosts known = costs({1.0});
  known.add(1, 10.0);
  EXPECT_LT(known.seconds(1), 2.0);
  known.add(1, 1.0);
  EXPECT_LT(known.seconds(1), 1.5);
}

TEST(PassCosts, ForgetWhatIsLongAgo) {
  PassCosts known = costs({1.0, 1.0, 50.0});
  for (int i = 0; i < 10; ++i) known.add(1, 1.0);
  EXPECT_EQ(known.seconds(3), 50.0);
  for (int i = 0; i < 10; ++i) known.add(1, 1.0);
  EXPECT_LT(known.seconds(3), 2.0) << "measured once only";
  PassCosts busy = costs({1.0});  // only ever with drafts since
  for (int i = 0; i < 1000; ++i) busy.add(5, 3.0);
  EXPECT_GT(busy.seconds(1), 1.0);
  EXPECT_LT(busy.seconds(1), 3.0);
}

TEST(DraftLength, IsLongWhereGuessesAreGoodAndRowsCheap) {
  const PassCosts cheap = costs({1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.4});
  EXPECT_EQ(best_draft_length(cheap, record(), {}, {.acceptance = 0.95, .count_max = 8}).count, 8);
  EXPECT_EQ(best_draft_length(cheap, record(), {}, {.acceptance = 0.95, .count_max = 3}).count, 3);
  const auto some = best_draft_length(cheap, record(), {}, {.acceptance = 0.5, .count_max = 8});
  EXPECT_GT(some.count, 1);
  EXPECT_LT(some.count, 8);
  EXPECT_EQ(best_draft_length(cheap, record(), {}, {.acceptance = 0.02, .count_max = 8}).count, 0);
}

TEST(DraftLength, IsNothingWhereRowsCostAsMuchAsPasses) {
  const PassCosts dear = costs({1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(best_draft_length(dear, record(), {}, {.acceptance = 0.99, .count_max = 8}).count, 0);
}

TEST(DraftLength, CountsWhatGuessingCosts) {
  const PassCosts cheap = costs({1, 1.05, 1.1, 1.15, 1.2});
  const GuessOutlook free{.acceptance = 0.8, .count_max = 4};
  GuessOutlook slow = free;
  slow.seconds_per_token = 0.2;
  EXPECT_GT(best_draft_length(cheap, record(), {}, free).count,
            best_draft_length(cheap, record(), {}, slow).count);
  slow.seconds_per_token = 0.9;
  EXPECT_EQ(best_draft_length(cheap, record(), {}, slow).count, 0);
}

TEST(DraftLength, GrowsStepByStepWhereCostsAreUnknown) {
  const PassCosts unknown = costs({1});
  const GuessOutlook guess{.acceptance = 0.95, .count_max = 8};
  EXPECT_EQ(best_draft_length(unknown, record(0), {}, guess).count, 1);
  EXPECT_EQ(best_draft_length(unknown, record(1), {}, guess).count, 2);
  EXPECT_EQ(best_draft_length(unknown, record(9), {}, guess).count, 8);
}

TEST(DraftLength, SharesThePassWithOtherSequences) {
  // From the fourth row on each costs a lot: alone a sequence may guess, beside three it may not.
  const PassCosts stepped = costs({1, 1, 1, 1, 4, 8, 12, 16});
  const GuessOutlook guess{.acceptance = 0.8, .count_max = 3};
  EXPECT_EQ(best_draft_length(stepped, record(), {.rows = 1, .tokens = 1}, guess).count, 3);
  EXPECT_EQ(best_draft_length(stepped, record(), {.rows = 4, .tokens = 4}, guess).count, 0);
}

TEST(DraftLength, RisksNoMoreThanAPassAndForgetsLosses) {
  const PassCosts priced = costs({1, 1.4, 1.8, 2.2, 2.6});
  const GuessOutlook guess{.acceptance = 0.9, .count_max = 4};
  EXPECT_EQ(best_draft_length(priced, record(0), {}, guess).count, 2);
  DraftRecord unlucky = record(-0.9);
  EXPECT_EQ(best_draft_length(priced, unlucky, {}, guess).count, 0);
  forget_some(unlucky, 100);
  EXPECT_GT(best_draft_length(priced, unlucky, {}, guess).count, 0);
}

TEST(Acceptance, FollowsWhatIsSeenAndForgets) {
  DraftRecord seen = record();
  EXPECT_DOUBLE_EQ(acceptance(seen.kinds[0], 0.4), 0.4);
  for (int i = 0; i < 20; ++i) record_acceptance(seen, 4, 4);
  EXPECT_GT(acceptance(seen.kinds[0], 0.4), 0.95);
  for (int i = 0; i < 40; ++i) record_acceptance(seen, 4, 0);
  EXPECT_LT(acceptance(seen.kinds[0], 0.4), 0.7);
  EXPECT_DOUBLE_EQ(acceptance(seen.kinds[1], 0.4), 0.4);  // the other kind was not tried
  forget_some(seen, 1000);
  EXPECT_NEAR(acceptance(seen.kinds[0], 0.4), 0.4, 0.01);
}

TEST(Acceptance, CountsOnlyTokensThatWerePutToTheTest) {
  DraftRecord seen = record();
  record_acceptance(seen, 5, 2);
  EXPECT_DOUBLE_EQ(seen.kinds[0].tried, 3);
  EXPECT_DOUBLE_EQ(seen.kinds[0].accepted, 2);
}

// A text whose every guess is wrong, over costs that make guessing look tempting.
TEST(DraftLength, LosesLittleWhereGuessesAreNeverRight) {
  const PassCosts cheap = costs({1, 1.1, 1.2, 1.3, 1.4});
  DraftRecord unlucky = record(0);
  double spent = 0;
  constexpr int kTokens = 400;
  for (int token = 0; token < kTokens; ++token) {
    const double share = acceptance(unlucky.kinds[0], 0.75);
    const auto count =
        best_draft_length(cheap, unlucky, {}, {.acceptance = share, .count_max = 4}).count;
    const double lost = cheap.seconds(1 + count) - cheap.seconds(1);
    if (count > 0) record_acceptance(unlucky, count, 0);
    unlucky.saved_seconds -= lost;
    spent += lost;
    forget_some(unlucky, 1);
  }
  EXPECT_GT(spent, 0);  // it does try now and then
  EXPECT_LT(spent, 1 + 0.02 * kTokens);
}

}  // namespace
}  // namespace bantam::engine
