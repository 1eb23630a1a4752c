// Who runs and who waits; what becomes of a sequence never shows which.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "engine/engine.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

using Ids = std::vector<std::int32_t>;

std::shared_ptr<const model::Model> model() {
  static const auto shared = test::tiny_model("llama2");
  return shared;
}

EngineOptions options(std::int64_t sequences, std::int64_t blocks, std::int64_t batch = 64) {
  EngineOptions result;
  result.executor = {.threads = 1, .context_tokens = 256, .batch_tokens = batch};
  result.executor.block_count = blocks;
  result.sequences_max = sequences;
  result.waiting_max = 3;
  return result;
}

Request request(std::int32_t first, std::int64_t prompt_tokens, std::int64_t tokens) {
  Request result;
  for (std::int64_t i = 0; i < prompt_tokens; ++i) {
    result.prompt.push_back(static_cast<std::int32_t>((first * 50 + i * 7) % 500 + 3));
  }
  result.max_tokens = tokens;
  result.sampling.seed = 9;
  return result;
}

using Texts = std::map<SequenceId, Ids>;

void take_step(Engine& engine, Texts& texts) {
  for (const TokenEvent& event : engine.step()) texts[event.sequence].push_back(event.token);
  EXPECT_TRUE(engine.check_integrity());
}

Ids alone(const Request& wanted) {
  Engine engine(model(), options(1, 8));
  const SequenceId id = engine.submit(wanted);
  Texts texts;
  while (!engine.is_idle()) take_step(engine, texts);
  return texts[id];
}

TEST(Admission, LetsRequestsWaitInTheOrderInWhichTheyCame) {
  Engine engine(model(), options(2, 32));
  std::vector<SequenceId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(engine.submit(request(i, 20, 3 + i)));
  EXPECT_TRUE(engine.is_full());
  EXPECT_THROW(engine.submit(request(9, 20, 3)), Error);
  EXPECT_EQ(engine.status(ids[4])->queue_position, 5);
  engine.step();
  EXPECT_EQ(engine.status(ids[0])->queue_position, 0);
  EXPECT_EQ(engine.status(ids[1])->new_tokens, 1);
  EXPECT_EQ(engine.status(ids[2])->queue_position, 1);
  EXPECT_EQ(engine.status(ids[4])->queue_position, 3);
  EXPECT_EQ(engine.counts().waiting, 3);
  EXPECT_TRUE(engine.cancel(ids[2]).has_value());
  EXPECT_EQ(engine.status(ids[4])->queue_position, 2);
  EXPECT_FALSE(engine.status(ids[2]).has_value());
  EXPECT_FALSE(engine.is_full());
  std::vector<SequenceId> ended;
  while (!engine.is_idle()) {
    engine.step();
    for (const FinishedSequence& each : engine.finished()) {
      ended.push_back(each.sequence);
      EXPECT_EQ(each.reason, FinishReason::Length);
      EXPECT_EQ(each.stats.prompt_tokens, 20);
      EXPECT_EQ(each.stats.new_tokens, 3 + each.sequence - ids[0]);
      EXPECT_GE(each.stats.queue_seconds, 0);
      EXPECT_GT(each.stats.prefill_seconds, 0);
      EXPECT_GT(each.stats.decode_seconds, 0);
    }
  }
  EXPECT_EQ(ended, (std::vector<SequenceId>{ids[0], ids[1], ids[3], ids[4]}));
  EXPECT_TRUE(engine.step().empty());
  EXPECT_TRUE(engine.finished().empty());
}

TEST(Admission, RefusesOptionsThatLeaveNoSequence) {
  for (const EngineOptions& wrong : {options(0, 8),
                                     [] {
                                       auto o = options(1, 8);
                                       o.waiting_max = -1;
                                       return o;
                                     }(),
                                     [] {
                                       auto o = options(1, 8);
                                       o.prefill_tokens = 0;
                                       return o;
                                     }()}) {
    EXPECT_THROW(Engine(model(), wrong), Error);
  }
}

TEST(Admission, TakesBlocksAsTheyAreNeededNotForTheLongestEnd) {
  Engine engine(model(), options(4, 8));
  // Each could need eight blocks in the end.
  for (int i = 0; i < 4; ++i) engine.submit(request(i, 20, -1));
  engine.step();
  EXPECT_EQ(engine.counts().running, 4);
  EXPECT_EQ(engine.counts().blocks.free, 4);
}

TEST(Admission, TheYoungestGivesWayAndSaysTheSameText) {
  Engine engine(model(), options(4, 8));
  std::map<SequenceId, Ids> expected;
  std::vector<SequenceId> order;
  for (int i = 0; i < 4; ++i) {
    const Request wanted = request(i, 25 + i, 100);
    order.push_back(engine.submit(wanted));
    expected[order.back()] = alone(wanted);
  }
  Texts texts;
  std::map<SequenceId, SequenceStats> stats;
  while (!engine.is_idle()) {
    take_step(engine, texts);
    for (const FinishedSequence& each : engine.finished()) stats[each.sequence] = each.stats;
  }
  EXPECT_EQ(texts, expected);
  EXPECT_EQ(stats[order[0]].preemptions, 0) << "the oldest never does";
  EXPECT_GT(stats[order[3]].preemptions, 0);
  EXPECT_GT(engine.counts().preemptions, 1);
}

TEST(Admission, ASequenceMayHaveAllBlocksButNoMore) {
  Engine engine(model(), options(1, 4));
  EXPECT_EQ(engine.context_tokens(), 128);
  EXPECT_THROW(engine.submit(request(1, 128, 1)), Error);
  const SequenceId id = engine.submit(request(1, 100, -1));
  Texts texts;
  std::optional<FinishReason> reason;
  while (!engine.is_idle()) {
    take_step(engine, texts);
    for (const FinishedSequence& each : engine.finished()) reason = each.reason;
  }
  EXPECT_EQ(reason, FinishReason::ContextFull);
  EXPECT_EQ(texts[id].size(), 28U);
}

TEST(Admission, ALongPromptHoldsDecodingSequencesForNoMoreThanAChunk) {
  EngineOptions wanted = options(3, 32, 128);
  wanted.prefill_tokens = 16;
  Engine engine(model(), wanted);
  const SequenceId decoding = engine.submit(request(1, 10, 100));
  engine.step();
  const SequenceId prompt = engine.submit(request(2, 200, 1));
  for (std::int64_t pass = 1; pass <= 12; ++pass) {
    EXPECT_EQ(engine.step().size(), 1U) << "a token of the other one in each pass";
    EXPECT_EQ(engine.status(prompt)->cached_tokens, 16 * pass);
  }
  engine.cancel(decoding);
  engine.step();
  EXPECT_FALSE(engine.status(prompt).has_value()) << "nobody waits: the rest at once";
}

TEST(Admission, SequencesWaitForABeginningThatIsBeingComputed) {
  Engine engine(model(), options(3, 32, 64));
  Request first = request(1, 200, 8);
  Request second = first;
  second.prompt.resize(130);
  second.prompt.push_back(4);
  Request third = first;
  third.cache_salt = "somebody else";
  std::map<SequenceId, Ids> expected;
  for (const Request& each : {first, second, third}) expected[engine.submit(each)] = alone(each);
  Texts texts;
  std::map<SequenceId, std::int64_t> reused;
  while (!engine.is_idle()) {
    take_step(engine, texts);
    for (const FinishedSequence& each : engine.finished()) {
      reused[each.sequence] = each.stats.reused_tokens;
    }
  }
  EXPECT_EQ(texts, expected);
  const std::vector<std::int64_t> shares = {0, 128, 0};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(reused[static_cast<SequenceId>(i) + expected.begin()->first], shares[i]) << i;
  }
}

TEST(Admission, GoesOnWithoutALeaderThatIsCancelled) {
  Engine engine(model(), options(3, 32, 16));
  const Request wanted = request(1, 100, 8);
  const SequenceId leader = engine.submit(wanted);
  const SequenceId second = engine.submit(wanted);
  const SequenceId third = engine.submit(wanted);
  engine.step();
  engine.step();
  engine.cancel(leader);
  Texts texts;
  while (!engine.is_idle()) take_step(engine, texts);
  const Ids expected = alone(wanted);
  EXPECT_EQ(texts[second], expected);
  EXPECT_EQ(texts[third], expected);
  EXPECT_EQ(engine.last_stats().reused_tokens, 100);
}

}  // namespace
}  // namespace bantam::engine
