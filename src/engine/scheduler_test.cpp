#include "engine/scheduler.h"

#include <gtest/gtest.h>

namespace bantam::engine {
namespace {

Sequence sequence(std::size_t tokens, std::int64_t cached) {
  Sequence result;
  result.tokens.assign(tokens, 1);
  result.cached = cached;
  return result;
}

TEST(Scheduler, PutsDecodingSequencesBeforePrompts) {
  const std::vector<Sequence> sequences = {sequence(100, 0), sequence(50, 49), sequence(8, 0)};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 64, .output_rows = 3}, slices);
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[0].sequence, 1U);
  EXPECT_TRUE(slices[0].wants_logits);
  EXPECT_EQ(slices[1].sequence, 2U);
  EXPECT_EQ(slices[2].sequence, 0U);
  EXPECT_EQ(slices[2].count, 64 - 1 - 8);
  EXPECT_FALSE(slices[2].wants_logits);
}

TEST(Scheduler, FillsTheBatchWithSeveralPrompts) {
  const std::vector<Sequence> sequences = {sequence(100, 90), sequence(20, 0)};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 64, .output_rows = 2}, slices);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].count, 10);
  EXPECT_EQ(slices[1].count, 20);
  EXPECT_TRUE(slices[0].wants_logits && slices[1].wants_logits);
}

TEST(Scheduler, GivesHalfOfThePromptsRoomToTheOneNearestToItsEnd) {
  const std::vector<Sequence> sequences = {sequence(1000, 0), sequence(500, 0), sequence(70, 10)};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 64, .output_rows = 3}, slices);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].sequence, 2U);
  EXPECT_EQ(slices[0].count, 32);
  EXPECT_EQ(slices[1].sequence, 0U) << "the rest to the oldest";
  EXPECT_EQ(slices[1].count, 32);
  schedule(sequences, {.batch_tokens = 512, .output_rows = 3}, slices);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].count, 60);
  EXPECT_TRUE(slices[0].wants_logits);
  EXPECT_EQ(slices[1].count, 452);
  schedule(std::span(sequences).first(1), {.batch_tokens = 64, .output_rows = 3}, slices);
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].count, 64) << "all of it where nobody else wants any";
}

TEST(Scheduler, BoundsThePromptsThatDecodingSequencesWaitFor) {
  std::vector<Sequence> sequences = {sequence(9, 8), sequence(1000, 0), sequence(500, 0)};
  std::vector<ScheduledSlice> slices;
  const ScheduleLimits limits{.batch_tokens = 64, .output_rows = 3, .prefill_tokens = 20};
  schedule(sequences, limits, slices);
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[1].count + slices[2].count, 20);
  sequences[0].cached = 9;
  schedule(sequences, limits, slices);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].count + slices[1].count, 64) << "nobody waits";
}

TEST(Scheduler, LeavesOutWhoWaitsForALeader) {
  std::vector<Sequence> sequences = {sequence(9, 0), sequence(9, 0)};
  sequences[1].leader = Leader{};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 64, .output_rows = 3}, slices);
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].sequence, 0U);
}

TEST(Scheduler, NeverPassesTheLimitOfLogits) {
  const std::vector<Sequence> sequences = {sequence(5, 4), sequence(6, 5), sequence(7, 6)};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 64, .output_rows = 2}, slices);
  EXPECT_EQ(slices.size(), 2U);
}

TEST(Scheduler, TakesDraftsOfDecodingSequencesWhereThereIsRoom) {
  std::vector<Sequence> sequences = {sequence(5, 4), sequence(6, 5), sequence(30, 0)};
  for (Sequence& each : sequences) each.drafts.draft = {7, 8, 9};
  std::vector<ScheduledSlice> slices;
  schedule(sequences, {.batch_tokens = 16, .output_rows = 6}, slices);
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[0].count, 1);
  EXPECT_EQ(slices[0].drafted, 3);
  EXPECT_EQ(slices[1].drafted, 1) << "six rows with logits in all";
  EXPECT_EQ(slices[2].count, 10);
  EXPECT_EQ(slices[2].drafted, 0) << "a prompt has no use for them";
  schedule(sequences, {.batch_tokens = 5, .output_rows = 12}, slices);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[1].drafted, 0);
}

TEST(Scheduler, SchedulesNothingWhenAllIsCached) {
  const std::vector<Sequence> sequences = {sequence(5, 5)};
  std::vector<ScheduledSlice> slices(3);
  schedule(sequences, {}, slices);
  EXPECT_TRUE(slices.empty());
}

}  // namespace
}  // namespace bantam::engine
