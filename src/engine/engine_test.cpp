#include "engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <type_traits>

#include "base/error.h"
#include "support/safetensors.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

// Parts that would go on pointing at where they were.
static_assert(!std::is_move_constructible_v<Executor> && !std::is_move_constructible_v<Engine>);

std::shared_ptr<const model::Model> model() {
  static const auto shared = test::tiny_model("llama2");
  return shared;
}

EngineOptions options(int threads = 1, std::int64_t batch = 512, std::int64_t sequences = 1) {
  EngineOptions result;
  result.executor.threads = threads;
  result.executor.batch_tokens = batch;
  result.executor.context_tokens = 256;
  result.sequences_max = sequences;
  result.executor.block_count = sequences * model::blocks_for(256);
  return result;
}

std::vector<std::int32_t> prompt(std::int32_t seed, std::size_t count) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(
        static_cast<std::int32_t>((static_cast<std::size_t>(seed) * 131 + i * 37) % 509 + 3));
  }
  return ids;
}

Request request(std::vector<std::int32_t> ids, std::uint64_t seed = 7, std::int64_t tokens = 20) {
  Request result;
  result.prompt = std::move(ids);
  result.max_tokens = tokens;
  result.sampling.seed = seed;
  result.sampling.temperature = 1.0F;
  return result;
}

// New tokens of each sequence, run to the end.
std::map<SequenceId, std::vector<std::int32_t>> run(Engine& engine) {
  std::map<SequenceId, std::vector<std::int32_t>> tokens;
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) tokens[event.sequence].push_back(event.token);
    EXPECT_TRUE(engine.check_integrity());
  }
  return tokens;
}

std::vector<std::int32_t> run_one(Engine& engine, Request wanted) {
  const SequenceId id = engine.submit(std::move(wanted));
  return run(engine).at(id);
}

TEST(Engine, GivesTheRecordedGreedyTokens) {
  const test::Safetensors reference(test::fixture("families/llama2/reference.safetensors"));
  const auto ids = reference.integers("input_ids");
  const auto expected = reference.integers("greedy_ids");
  EngineOptions exact = options();
  exact.executor.key_type = exact.executor.value_type = DType::F32;
  Engine engine(model(), exact);
  Request wanted = request({ids.begin(), ids.end()}, 0, static_cast<std::int64_t>(expected.size()));
  wanted.sampling.temperature = 0;
  const std::vector<std::int32_t> got = run_one(engine, wanted);
  EXPECT_EQ(std::vector<std::int64_t>(got.begin(), got.end()), expected);
}

TEST(Engine, GivesTheSameTextForASeedWhateverThreadsAndChunks) {
  Engine first(model(), options());
  const std::vector<std::int32_t> expected = run_one(first, request(prompt(1, 70)));
  for (const int threads : {2, 3}) {
    Engine engine(model(), options(threads));
    EXPECT_EQ(run_one(engine, request(prompt(1, 70))), expected) << threads << " threads";
  }
  for (const std::int64_t batch : {1, 7, 33, 64}) {
    Engine engine(model(), options(1, batch));
    EXPECT_EQ(run_one(engine, request(prompt(1, 70))), expected) << "passes of " << batch;
  }
}

TEST(Engine, GivesASequenceTheSameTextAloneAndAmongOthers) {
  std::vector<std::vector<std::int32_t>> alone;
  for (std::int32_t i = 0; i < 4; ++i) {
    Engine engine(model(), options());
    alone.push_back(run_one(engine, request(prompt(i, 20 + static_cast<std::size_t>(i) * 30), 5)));
  }
  Engine engine(model(), options(2, 48, 4));
  std::map<SequenceId, std::size_t> numbers;
  for (std::int32_t i = 0; i < 4; ++i) {
    numbers[engine.submit(request(prompt(i, 20 + static_cast<std::size_t>(i) * 30), 5))] =
        static_cast<std::size_t>(i);
    engine.step();  // they join at different times
  }
  std::map<SequenceId, std::vector<std::int32_t>> tails = run(engine);
  for (const auto& [id, number] : numbers) {
    const std::vector<std::int32_t>& tail = tails[id];
    ASSERT_FALSE(tail.empty());
    // Steps while submitting brought the first tokens; the rest must be the end of the same text.
    const std::vector<std::int32_t> expected(
        alone[number].end() - static_cast<std::ptrdiff_t>(tail.size()), alone[number].end());
    EXPECT_EQ(tail, expected) << "sequence " << number;
  }
}

TEST(Engine, TheLayoutOfWeightsDoesNotChangeTheText) {
  EngineOptions rows = options(2, 16);
  rows.executor.weights = backend::WeightLayout::Rows;
  EngineOptions panels = options(2, 16);
  panels.executor.weights = backend::WeightLayout::Panels;
  for (const std::string_view name : {"llama2", "smollm2", "gemma3"}) {
    const auto shared = test::tiny_model(name);
    Engine in_rows(shared, rows);
    Engine in_panels(shared, panels);
    EXPECT_EQ(run_one(in_panels, request(prompt(2, 40))), run_one(in_rows, request(prompt(2, 40))))
        << name;
  }
}

TEST(Engine, ReusesTheBeginningOfThePromptWithoutChangingTheText) {
  Engine fresh(model(), options());
  std::vector<std::int32_t> longer = prompt(3, 100);
  const std::vector<std::int32_t> expected = run_one(fresh, request(longer));
  Engine engine(model(), options());
  run_one(engine, request({longer.begin(), longer.begin() + 75}, 11, 5));
  EXPECT_EQ(run_one(engine, request(longer)), expected);
  EXPECT_EQ(engine.last_stats().reused_tokens, 75);
  EXPECT_EQ(run_one(engine, request(longer)), expected);
  EXPECT_EQ(engine.last_stats().reused_tokens, 99) << "the last prompt token is always computed";
}

TEST(Engine, EndsWithContextFullWhenThereIsNoRoom) {
  Engine engine(model(), options());
  engine.submit(request(prompt(1, 250), 1, -1));
  std::optional<FinishReason> reason;
  std::int64_t count = 0;
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) {
      ++count;
      reason = event.finish;
    }
  }
  EXPECT_EQ(reason, FinishReason::ContextFull);
  EXPECT_EQ(count, 6);
}

TEST(Engine, EndsAtAStopId) {
  Engine engine(model(), options());
  const std::vector<std::int32_t> all = run_one(engine, request(prompt(2, 10)));
  Request wanted = request(prompt(2, 10));
  wanted.stop_ids = {all[4]};
  const std::vector<std::int32_t> cut = run_one(engine, wanted);
  const auto end = std::find(all.begin(), all.end(), all[4]) + 1;
  EXPECT_EQ(cut, std::vector<std::int32_t>(all.begin(), end));
}

TEST(Engine, RefusesWhatItCannotRun) {
  Engine engine(model(), options());
  const auto code = [&](Request wanted) {
    try {
      engine.submit(std::move(wanted));
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Cancelled;
  };
  EXPECT_EQ(code(request({})), ErrorCode::BadInput);
  EXPECT_EQ(code(request({512})), ErrorCode::BadInput);
  EXPECT_EQ(code(request({-1})), ErrorCode::BadInput);
  EXPECT_EQ(code(request(prompt(1, 256))), ErrorCode::ContextFull);
  Request hot = request(prompt(1, 3));
  hot.sampling.temperature = NAN;
  EXPECT_EQ(code(hot), ErrorCode::BadInput);
  EXPECT_TRUE(engine.check_integrity());
}

TEST(Engine, CancelsInTheMiddleAndGoesOn) {
  Engine engine(model(), options(1, 16, 2));
  const SequenceId first = engine.submit(request(prompt(1, 100)));
  engine.step();
  engine.cancel(first);
  EXPECT_TRUE(engine.is_idle());
  EXPECT_TRUE(engine.check_integrity());
  Engine fresh(model(), options());
  EXPECT_EQ(run_one(engine, request(prompt(1, 100))), run_one(fresh, request(prompt(1, 100))));
}

TEST(Engine, ReportsLogProbabilitiesOfTheLikeliestTokens) {
  Engine engine(model(), options());
  Request wanted = request(prompt(4, 12), 0, 3);
  wanted.sampling.temperature = 0;
  wanted.logprobs = 5;
  engine.submit(wanted);
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) {
      ASSERT_EQ(event.likeliest.size(), 5U);
      EXPECT_EQ(event.likeliest[0].id, event.token);
      EXPECT_FLOAT_EQ(event.likeliest[0].logprob, event.logprob);
      for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_LE(event.likeliest[i].logprob, event.likeliest[i - 1].logprob);
      }
    }
  }
}

TEST(Engine, EndsAllSequencesWhereTheModelComputesNoNumbers) {
  constexpr std::int32_t kDamaged = 7;
  const auto damaged = test::damaged_model("llama2", "token_embd.weight", kDamaged);
  Engine engine(damaged, options(1, 512, 2));
  engine.submit(request({3, 4, 5}, 7, 1));  // has its last token when the other one fails
  engine.submit(request({3, kDamaged, 5}));
  EXPECT_THROW(engine.step(), Error);
  EXPECT_TRUE(engine.is_idle());
  EXPECT_TRUE(engine.check_integrity());
  Request sound = request({3, 4, 5});
  sound.sampling.temperature = 0;
  Engine fresh(damaged, options());
  EXPECT_EQ(run_one(engine, sound), run_one(fresh, sound));
}

}  // namespace
}  // namespace bantam::engine
