// Speculation leaves no trace in the text: what an engine with it says is compared with what one
// without says, token by token.
#include "engine/speculative/speculation.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

#include "base/error.h"
#include "engine/engine.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

using Models = std::shared_ptr<const model::Model>;

// A way to run requests that must not change what comes out.
struct Setting {
  std::string name;
  SpeculationMode mode = SpeculationMode::Off;
  Models draft_model = nullptr;
  std::int64_t draft_max = 8;
  int threads = 1;
  std::int64_t batch = 256;
  std::int64_t sequences = 1;
};

Engine make_engine(const Models& model, const Setting& setting) {
  EngineOptions options;
  options.executor.threads = setting.threads;
  options.executor.context_tokens = 256;
  options.executor.batch_tokens = setting.batch;
  options.executor.block_count = setting.sequences * model::blocks_for(256);
  options.sequences_max = setting.sequences;
  options.speculation = {setting.mode, setting.draft_max, setting.draft_model};
  return {model, options};
}

// Number `seed` of many: a motif of some tokens over and over, so that there is something to copy.
std::vector<std::int32_t> prompt(std::size_t seed, std::size_t count) {
  std::vector<std::int32_t> ids;
  const std::size_t period = 3 + seed % 11;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<std::int32_t>((seed / 4 * 131 + i % period * 37) % 509 + 3));
  }
  return ids;
}

Request request(std::size_t seed, std::int64_t tokens = 24) {
  Request result;
  result.prompt = prompt(seed, 5 + seed * 7 % 50);
  result.max_tokens = tokens;
  result.sampling.seed = seed;
  result.sampling.temperature = static_cast<float>(seed % 4) * 0.3F;
  if (seed % 3 == 0) {
    result.sampling.penalties = {.repeat = 1.1F, .presence = 0.1F, .frequency = 0.1F};
  }
  if (seed % 5 == 0) result.logprobs = 2;
  if (seed % 7 == 0) result.stop_ids = {11, 42, 77, 130, 255, 300, 411};
  return result;
}

struct Outcome {
  std::vector<std::vector<std::int32_t>> texts;  // one a request, likeliest others in between
  std::vector<std::vector<float>> logprobs;
  std::vector<std::optional<FinishReason>> reasons;
  SequenceStats stats;  // the sums of passes and of drafted, accepted and new tokens

  bool operator==(const Outcome& other) const {
    return std::tie(texts, logprobs, reasons) ==
           std::tie(other.texts, other.logprobs, other.reasons);
  }
};

void add_stats(const SequenceStats& from, SequenceStats& to) {
  to.passes += from.passes;
  to.drafted_tokens += from.drafted_tokens;
  to.accepted_tokens += from.accepted_tokens;
  to.new_tokens += from.new_tokens;
}

// Every request, as many at once as the engine takes.
Outcome run(Engine& engine, const std::vector<Request>& requests, std::int64_t at_once) {
  Outcome outcome;
  outcome.texts.resize(requests.size());
  outcome.logprobs.resize(requests.size());
  outcome.reasons.resize(requests.size());
  std::map<SequenceId, std::size_t> running;
  for (std::size_t next = 0; next < requests.size() || !running.empty();) {
    while (next < requests.size() && std::ssize(running) < at_once) {
      running[engine.submit(requests[next])] = next;
      ++next;
    }
    std::size_t ended = 0;
    for (const TokenEvent& event : engine.step()) {
      const std::size_t number = running.at(event.sequence);
      outcome.texts[number].push_back(event.token);
      outcome.logprobs[number].push_back(event.logprob);
      for (const auto& [id, logprob] : event.likeliest) {
        outcome.texts[number].push_back(id);
        outcome.logprobs[number].push_back(logprob);
      }
      if (!event.finish) continue;
      outcome.reasons[number] = event.finish;
      running.erase(event.sequence);
      ++ended;
    }
    // With several at once only the last one's figures are to be had.
    if (ended > 0) add_stats(engine.last_stats(), outcome.stats);
    EXPECT_TRUE(engine.check_integrity());
  }
  return outcome;
}

Outcome run(const Models& model, const Setting& setting, const std::vector<Request>& requests) {
  Engine engine = make_engine(model, setting);
  return run(engine, requests, setting.sequences);
}

std::vector<Request> first_requests(std::size_t count) {
  std::vector<Request> requests;
  for (std::size_t seed = 0; seed < count; ++seed) requests.push_back(request(seed));
  return requests;
}

class SpeculationText : public testing::TestWithParam<const char*> {};

TEST_P(SpeculationText, IsTheSameFor200Prompts) {
  const Models model = test::tiny_model(GetParam());
  const Models other = test::tiny_model("smollm2");
  const std::vector<Request> requests = first_requests(200);
  const Outcome expected = run(model, {.name = "off"}, requests);
  EXPECT_EQ(expected.stats.passes, expected.stats.new_tokens);
  const auto always = SpeculationMode::Always;
  const Setting settings[] = {
      {.name = "lookup", .mode = always},
      {.name = "lookup, short", .mode = always, .draft_max = 1},
      {.name = "lookup, four at once", .mode = always, .batch = 32, .sequences = 4},
      {.name = "same model", .mode = always, .draft_model = model, .batch = 16},
      {.name = "another model", .mode = always, .draft_model = other, .batch = 24, .sequences = 3},
      {.name = "as long as it pays", .mode = SpeculationMode::Auto, .draft_model = other},
  };
  for (const Setting& setting : settings) {
    const Outcome got = run(model, setting, requests);
    EXPECT_TRUE(got == expected) << setting.name;
    if (setting.mode != always) continue;
    EXPECT_GT(got.stats.accepted_tokens, 0) << setting.name;
    EXPECT_LT(got.stats.accepted_tokens, got.stats.drafted_tokens) << setting.name;
    EXPECT_LT(got.stats.passes, got.stats.new_tokens) << setting.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, SpeculationText,
                         testing::Values("llama2", "gemma3", "phi3-longrope"), [](const auto& row) {
                           std::string name = row.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Speculation, GivesTheSameTextForEveryNumberOfThreads) {
  const Models model = test::tiny_model("llama2");
  // Few: threads that wait for a core are slow, and tests share theirs.
  const std::vector<Request> requests = {request(1, 8), request(2, 8)};
  const Outcome expected = run(model, {.name = "off"}, requests);
  for (const int threads : {2, 3}) {
    const Setting setting{.name = "",
                          .mode = SpeculationMode::Always,
                          .draft_model = test::tiny_model("smollm2"),
                          .draft_max = 2,
                          .threads = threads};
    const Outcome got = run(model, setting, requests);
    EXPECT_TRUE(got == expected) << threads;
    EXPECT_GT(got.stats.drafted_tokens, 0);
  }
}

TEST(Speculation, AcceptsEverythingThatTheSameModelGuesses) {
  const Models model = test::tiny_model("gemma3");
  std::vector<Request> requests;
  for (std::size_t seed = 0; seed < 20; ++seed) {
    requests.push_back(request(seed, 60));
    requests.back().stop_ids.clear();
  }
  const Outcome got =
      run(model, {.name = "", .mode = SpeculationMode::Always, .draft_model = model}, requests);
  // Where lookup was surer its guess was taken instead, and may have been wrong.
  EXPECT_GT(got.stats.drafted_tokens, 600);
  EXPECT_GT(got.stats.accepted_tokens, got.stats.drafted_tokens * 8 / 10);
  EXPECT_LT(got.stats.passes * 4, got.stats.new_tokens);
}

TEST(Speculation, EndsWhereTheContextEnds) {
  const Models model = test::tiny_model("llama2");
  std::vector<Request> requests(1, request(3, -1));
  requests[0].prompt = prompt(3, 250);
  const Outcome expected = run(model, {.name = "off"}, requests);
  EXPECT_EQ(expected.reasons[0], FinishReason::ContextFull);
  for (const std::int64_t draft_max : {1, 4, 64}) {
    const Setting setting{
        .name = "", .mode = SpeculationMode::Always, .draft_model = model, .draft_max = draft_max};
    EXPECT_TRUE(run(model, setting, requests) == expected) << draft_max;
  }
}

TEST(Speculation, LeavesWindowsIntactWhereGuessesAreWrong) {
  const Models model = test::tiny_model("gemma3");
  const Models other = test::tiny_model("smollm2");
  std::vector<Request> requests;
  for (std::size_t seed = 1; seed < 9; ++seed) requests.push_back(request(seed, 180));
  const Outcome expected = run(model, {.name = "off", .batch = 8}, requests);
  // A window has as few blocks as passes of 8 rows need, and guesses fill the pass.
  const Setting setting{.name = "",
                        .mode = SpeculationMode::Always,
                        .draft_model = other,
                        .draft_max = 16,
                        .batch = 8};
  const Outcome got = run(model, setting, requests);
  EXPECT_TRUE(got == expected);
  EXPECT_LT(got.stats.accepted_tokens, got.stats.drafted_tokens / 2);
}

TEST(Speculation, BeginsAnewWhereAWrongGuessLiesInTheWindow) {
  const Models model = test::tiny_model("gemma3");
  const Models other = test::tiny_model("smollm2");
  Request first = request(1, 100);
  first.prompt = prompt(1, 62);
  first.stop_ids.clear();
  Request second = first;
  second.prompt.resize(17);  // its window begins where the guess below was written
  second.prompt.push_back(400);
  const Outcome expected = run(model, {.name = "off"}, {second});
  Engine engine = make_engine(
      model, {.name = "", .mode = SpeculationMode::Always, .draft_model = other, .batch = 8});
  const SequenceId id = engine.submit(first);
  std::size_t tokens = 0;
  while (tokens < 2) tokens += engine.step().size();  // the guess spans tokens 62 to 69
  engine.cancel(id);
  EXPECT_LT(tokens, 3U);
  EXPECT_TRUE(run(engine, {second}, 1) == expected);
  EXPECT_EQ(engine.last_stats().reused_tokens, 0);
}

TEST(Speculation, CanBeCancelledAndGoesOn) {
  const Models model = test::tiny_model("llama2");
  const std::vector<Request> requests = {request(4, 40), request(5, 40), request(6, 40)};
  const Outcome expected = run(model, {.name = "off"}, requests);
  Engine engine = make_engine(
      model, {.name = "", .mode = SpeculationMode::Always, .draft_model = model, .sequences = 2});
  for (int round = 0; round < 5; ++round) {
    const SequenceId first = engine.submit(request(8, 40));
    const SequenceId second = engine.submit(request(12, 40));
    for (int step = 0; step <= round; ++step) engine.step();
    engine.cancel(second);
    engine.cancel(first);
    EXPECT_TRUE(engine.check_integrity());
  }
  EXPECT_TRUE(run(engine, requests, 2) == expected);
}

TEST(Speculation, IsOffWhereLayersKeepAState) {
  const Models model = test::tiny_model("more/lfm2");
  EXPECT_FALSE(can_speculate(*model));
  EXPECT_TRUE(can_speculate(*test::tiny_model("gemma3")));
  const std::vector<Request> requests = {request(0), request(4), request(8)};
  const Outcome got = run(model, {.name = "", .mode = SpeculationMode::Always}, requests);
  EXPECT_TRUE(got == run(model, {.name = "off"}, requests));
  EXPECT_EQ(got.stats.drafted_tokens, 0);
}

ErrorCode code_of(const Models& model, const Setting& setting) {
  try {
    make_engine(model, setting);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Cancelled;
}

TEST(Speculation, RefusesWhatItCannotDo) {
  const Models model = test::tiny_model("llama2");
  const auto mode = SpeculationMode::Auto;
  EXPECT_EQ(code_of(model, {.name = "", .mode = mode, .draft_max = 0}), ErrorCode::BadInput);
  EXPECT_EQ(code_of(model, {.name = "", .mode = mode, .draft_max = 65}), ErrorCode::BadInput);
  EXPECT_EQ(
      code_of(model, {.name = "", .mode = mode, .draft_model = test::tiny_model("more/lfm2")}),
      ErrorCode::Unsupported);
}

}  // namespace
}  // namespace bantam::engine
