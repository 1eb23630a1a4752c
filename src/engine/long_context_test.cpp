// Models whose cache does not simply grow: windows, and rotations that change with the length.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/single_sequence.h"
#include "support/safetensors.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

constexpr std::int64_t kContext = 256;

ExecutorOptions executor_options(std::int64_t batch_tokens) {
  return {.threads = 1,
          .context_tokens = kContext,
          .batch_tokens = batch_tokens,
          .key_type = DType::F32,
          .value_type = DType::F32};
}

std::vector<std::int32_t> first_ids(std::string_view family, std::size_t count) {
  const test::Safetensors stored(test::fixture("families") / family / "reference.safetensors");
  std::vector<std::int32_t> ids;
  for (const std::int64_t id : stored.integers("input_ids")) {
    if (ids.size() < count) ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

// The likeliest continuation, every token computed from the beginning with nothing cached.
std::vector<std::int32_t> recomputed(const std::shared_ptr<const model::Model>& model,
                                     std::vector<std::int32_t> ids, std::size_t count) {
  Executor executor(model, executor_options(kContext));
  const std::size_t given = ids.size();
  while (ids.size() < given + count) {
    SingleSequence sequence(executor, std::ssize(ids));
    const auto last = static_cast<std::int32_t>(ids.size() - 1);
    const Tensor logits = sequence.run(ids, 0, {&last, 1});
    const std::span row(logits.floats(), static_cast<std::size_t>(logits.shape.columns()));
    ids.push_back(static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin()));
  }
  return {ids.begin() + static_cast<std::ptrdiff_t>(given), ids.end()};
}

Engine make_engine(const std::shared_ptr<const model::Model>& model, std::int64_t batch_tokens,
                   std::int64_t sequences) {
  EngineOptions options{.executor = executor_options(batch_tokens), .sequences_max = sequences};
  options.executor.block_count = sequences * model::blocks_for(kContext);
  return {model, options};
}

Request greedy(std::vector<std::int32_t> prompt, std::size_t count) {
  Request request;
  request.prompt = std::move(prompt);
  request.max_tokens = static_cast<std::int64_t>(count);
  request.sampling.temperature = 0;
  return request;
}

std::vector<std::int32_t> generated(Engine& engine, Request request) {
  engine.submit(std::move(request));
  std::vector<std::int32_t> tokens;
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) tokens.push_back(event.token);
    EXPECT_TRUE(engine.check_integrity());
  }
  return tokens;
}

TEST(Windows, AreAllThatTheirLayersKeep) {
  const auto model = test::tiny_model("gemma3");
  Engine engine = make_engine(model, 8, 2);
  const backend::CacheLayout& layout = engine.executor().cache_layout();
  const backend::GroupCounts& blocks = engine.executor().plan().cache_blocks;
  ASSERT_EQ(layout.groups().size(), 2U);
  for (std::size_t group = 0; group < 2; ++group) {
    const bool is_whole = layout.groups()[group].window == INT64_MAX;
    // A window of 16 and a pass of 8 lie in at most two blocks of 32 tokens; 256 tokens in eight.
    EXPECT_EQ(blocks[group], is_whole ? 16 : 4);
  }
}

TEST(Windows, GiveTheTextOfFullRecomputation) {
  const auto model = test::tiny_model("gemma3");
  const std::vector<std::int32_t> prompt = first_ids("gemma3", 40);
  const std::vector<std::int32_t> expected = recomputed(model, prompt, 100);
  for (const std::int64_t batch : {1, 8, 256}) {
    Engine engine = make_engine(model, batch, 1);
    EXPECT_EQ(generated(engine, greedy(prompt, 100)), expected) << "passes of " << batch;
  }
}

TEST(Windows, LetAPromptBeginWhereTheLastOneStillIs) {
  const auto model = test::tiny_model("gemma3");
  const std::vector<std::int32_t> prompt = first_ids("gemma3", 40);
  Engine engine = make_engine(model, 8, 1);
  std::vector<std::int32_t> longer = prompt;
  const std::vector<std::int32_t> first = generated(engine, greedy(prompt, 60));
  longer.insert(longer.end(), first.begin(), first.end());
  EXPECT_EQ(generated(engine, greedy(longer, 10)), recomputed(model, longer, 10));
  EXPECT_EQ(engine.last_stats().reused_tokens, 99);
  // The window has left the beginning: nothing of it can be used.
  EXPECT_EQ(generated(engine, greedy(prompt, 10)),
            std::vector<std::int32_t>(first.begin(), first.begin() + 10));
  EXPECT_EQ(engine.last_stats().reused_tokens, 0);
}

// What is left of windows depends on who needed blocks since, not on who had them last.
TEST(Windows, RememberThatALongerSequenceHadTheirBlocks) {
  const auto model = test::tiny_model("gemma3");
  Engine engine = make_engine(model, 40, 1);  // windows of three blocks
  const std::vector<std::int32_t> prompt = first_ids("gemma3", 20);
  std::vector<std::int32_t> longest = prompt;
  while (longest.size() < 120) longest.push_back(longest[longest.size() - 20] + 1);
  generated(engine, greedy(longest, 9));  // its fourth block lies where the first one did
  const std::vector<std::int32_t> middle(longest.begin(), longest.begin() + 70);
  generated(engine, greedy(middle, 2));
  EXPECT_EQ(engine.last_stats().reused_tokens, 69);
  EXPECT_EQ(generated(engine, greedy(prompt, 10)), recomputed(model, prompt, 10));
  EXPECT_EQ(engine.last_stats().reused_tokens, 0);
}

TEST(Windows, TakeNoMoreBlocksThanAShortSequenceHas) {
  const auto model = test::tiny_model("gemma3");
  EngineOptions options{.executor = executor_options(256), .sequences_max = 4};
  options.executor.block_count = 8;
  Engine engine(model, options);
  const std::vector<std::int32_t> prompt = first_ids("gemma3", 40);
  for (int i = 0; i < 4; ++i) engine.submit(greedy(prompt, 20));  // two blocks each
  while (!engine.is_idle()) engine.step();
  EXPECT_TRUE(engine.check_integrity());
}

TEST(Windows, HaveRoomForAsManySequencesAsMayRun) {
  for (const std::string_view family : {"gemma3", "more/lfm2", "phi3-longrope"}) {
    for (const std::int64_t batch : {8, 40}) {
      Engine engine = make_engine(test::tiny_model(family), batch, 4);
      for (const std::size_t given : {40, 39, 38, 37}) {
        engine.submit(greedy(first_ids(family, given), 60));
        for (int step = 0; step < 8; ++step) engine.step();
      }
      EXPECT_EQ(engine.counts().running, 4) << family << " " << batch;
      EXPECT_EQ(engine.counts().preemptions, 0);
    }
  }
}

TEST(States, GiveTheTextOfFullRecomputation) {
  const auto model = test::tiny_model("more/lfm2");
  const std::vector<std::int32_t> prompt = first_ids("more/lfm2", 40);
  const std::vector<std::int32_t> expected = recomputed(model, prompt, 30);
  for (const std::int64_t batch : {1, 7, 256}) {
    Engine engine = make_engine(model, batch, 1);
    EXPECT_EQ(generated(engine, greedy(prompt, 30)), expected) << "passes of " << batch;
  }
}

TEST(States, OfSeveralSequencesStayApart) {
  const auto model = test::tiny_model("more/lfm2");
  Engine engine = make_engine(model, 16, 2);
  std::map<SequenceId, std::vector<std::int32_t>> expected, got;
  for (const std::size_t given : {40, 23}) {
    const std::vector<std::int32_t> prompt = first_ids("more/lfm2", given);
    expected[engine.submit(greedy(prompt, 20))] = recomputed(model, prompt, 20);
  }
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) got[event.sequence].push_back(event.token);
    EXPECT_TRUE(engine.check_integrity());
  }
  EXPECT_EQ(got, expected);
}

TEST(States, AreReusedOnlyWhereTheyStand) {
  const auto model = test::tiny_model("more/lfm2");
  const std::vector<std::int32_t> prompt = first_ids("more/lfm2", 40);
  Engine engine = make_engine(model, 256, 1);
  std::vector<std::int32_t> longer = prompt;
  const std::vector<std::int32_t> first = generated(engine, greedy(prompt, 20));
  longer.insert(longer.end(), first.begin(), first.end());
  EXPECT_EQ(generated(engine, greedy(longer, 10)), recomputed(model, longer, 10));
  EXPECT_EQ(engine.last_stats().reused_tokens, 59);
  // A state cannot be taken back to an earlier token.
  EXPECT_EQ(generated(engine, greedy(prompt, 10)),
            std::vector<std::int32_t>(first.begin(), first.begin() + 10));
  EXPECT_EQ(engine.last_stats().reused_tokens, 0);
}

TEST(LearnedPositions, BoundTheContext) {
  const auto path = test::shared("reference/families/gpt2/model.gguf");
  BANTAM_NEEDS_SHARED("reference/families/gpt2/model.gguf");
  const auto model = std::make_shared<const model::Model>(formats::open_gguf(path));
  EXPECT_NO_THROW(plan_execution(*model, {.context_tokens = 256}));
  EXPECT_THROW(plan_execution(*model, {.context_tokens = 257}), Error);
}

TEST(LongRope, IsSwitchedToWhereTheSequenceOutgrowsTheShortOne) {
  const auto model = test::tiny_model("phi3-longrope");
  ASSERT_EQ(model::long_rope_boundary(model->spec()), 32);
  for (const std::size_t given : {20, 32, 33, 40}) {
    const std::vector<std::int32_t> prompt = first_ids("phi3-longrope", given);
    const std::vector<std::int32_t> expected = recomputed(model, prompt, 24);
    for (const std::int64_t batch : {7, 256}) {
      Engine engine = make_engine(model, batch, 1);
      EXPECT_EQ(generated(engine, greedy(prompt, 24)), expected) << given << " " << batch;
    }
  }
}

TEST(LongRope, NeverMixesKeysOfBothRotations) {
  const auto model = test::tiny_model("phi3-longrope");
  const std::vector<std::int32_t> shorter = first_ids("phi3-longrope", 20);
  const std::vector<std::int32_t> longer = first_ids("phi3-longrope", 48);
  Engine engine = make_engine(model, 256, 1);
  generated(engine, greedy(shorter, 5));
  EXPECT_EQ(generated(engine, greedy(longer, 5)), recomputed(model, longer, 5));
  EXPECT_EQ(engine.last_stats().reused_tokens, 0);
  EXPECT_EQ(generated(engine, greedy(shorter, 5)), recomputed(model, shorter, 5));
  EXPECT_EQ(engine.last_stats().reused_tokens, 19) << "what the first one left";
  EXPECT_EQ(generated(engine, greedy(longer, 5)), recomputed(model, longer, 5));
  EXPECT_EQ(engine.last_stats().reused_tokens, 47);
}

}  // namespace
}  // namespace bantam::engine
