// A beginning found in the cache is as good as one computed: to the bit, in every family.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/engine.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr std::int64_t kContext = 192;

EngineOptions options(std::int64_t sequences = 1) {
  EngineOptions result;
  result.executor = {.threads = 1, .context_tokens = kContext, .batch_tokens = 64};
  result.executor.block_count = 4 * model::blocks_for(kContext);
  result.sequences_max = sequences;
  return result;
}

// Of a small vocabulary, so that all families know the ids.
Ids ids(std::size_t count, std::size_t step) {
  Ids result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(static_cast<std::int32_t>(3 + i * step % 97));
  }
  return result;
}

Request request(Ids prompt) {
  Request result;
  result.prompt = std::move(prompt);
  result.max_tokens = 4;
  result.sampling.seed = 3;
  result.logprobs = 1000000;  // all of the vocabulary
  return result;
}

struct Text {
  Ids tokens;
  std::vector<float> logprobs;  // of every token at every place

  bool operator==(const Text&) const = default;
};

Text run(Engine& engine, Request wanted) {
  const SequenceId id = engine.submit(std::move(wanted));
  Text text;
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) {
      if (event.sequence != id) continue;
      text.tokens.push_back(event.token);
      for (const TokenProbability& each : event.likeliest) text.logprobs.push_back(each.logprob);
    }
    EXPECT_TRUE(engine.check_integrity());
  }
  return text;
}

// Our own fixtures, and beyond them what the reference data has.
std::vector<std::string> families() {
  std::vector<std::string> names;
  const auto own = test::fixture("families");
  for (const auto& folder : {own, test::shared("reference/families")}) {
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().filename() != "model.gguf") continue;
      const auto path = entry.path().parent_path();
      const auto name = std::filesystem::relative(path, folder);
      const bool is_known = folder != own && std::filesystem::exists(own / name / "model.gguf");
      if (!is_known) names.push_back(folder == own ? name.string() : path.string());
    }
  }
  std::ranges::sort(names);
  return names;
}

class PrefixReuse : public testing::TestWithParam<std::string> {};

TEST_P(PrefixReuse, IsBitEqualToComputingItAgain) {
  const auto model = test::tiny_model(GetParam());
  const Ids base = ids(130, 7);
  Engine engine(model, options());
  run(engine, request(base));
  std::int64_t reused = 0;
  for (const std::size_t shared : {129, 130, 128, 100, 64, 33, 20}) {
    Ids prompt(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(shared));
    for (const std::int32_t id : ids(10, 11)) prompt.push_back(id);
    Engine fresh(model, options());
    EXPECT_EQ(run(engine, request(prompt)), run(fresh, request(prompt))) << shared;
    EXPECT_LE(engine.last_stats().reused_tokens, static_cast<std::int64_t>(prompt.size()) - 1);
    reused += engine.last_stats().reused_tokens;
    EXPECT_EQ(fresh.last_stats().reused_tokens, 0);
  }
  // A state is found only where a sequence ended.
  if (can_speculate(*model)) {
    EXPECT_GE(reused, 400);
  }
}

TEST_P(PrefixReuse, LetsAChatGoOnWhereItWas) {
  const auto model = test::tiny_model(GetParam());
  Engine engine(model, options());
  Ids chat;
  for (std::size_t turn = 0; turn < 5; ++turn) {
    const std::size_t before = chat.size();
    for (const std::int32_t id : ids(17 + turn, 5 + turn)) chat.push_back(id);
    Engine fresh(model, options());
    const Text text = run(engine, request(chat));
    EXPECT_EQ(text, run(fresh, request(chat))) << turn;
    // All but the last token that the turn before said. With two kinds of rotation the longer one
    // begins anew.
    const auto expected = static_cast<std::int64_t>(before) - (turn == 0 ? 0 : 1);
    const bool is_new_kind = model::long_rope_boundary(model->spec()).has_value() && turn == 1;
    if (!is_new_kind) {
      EXPECT_EQ(engine.last_stats().reused_tokens, expected) << turn;
    }
    chat.insert(chat.end(), text.tokens.begin(), text.tokens.end());
  }
}

TEST_P(PrefixReuse, GivesRequestsWithOnePromptOnePrefill) {
  const auto model = test::tiny_model(GetParam());
  Engine engine(model, options(4));
  const Ids prompt = ids(70, 7);
  std::vector<Text> expected(4), got(4);
  std::vector<SequenceId> sequences;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Request wanted = request(prompt);
    wanted.sampling.seed = seed;
    Engine fresh(model, options());
    expected[seed] = run(fresh, wanted);
    sequences.push_back(engine.submit(wanted));
  }
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) {
      const auto place = std::ranges::find(sequences, event.sequence) - sequences.begin();
      Text& text = got[static_cast<std::size_t>(place)];
      text.tokens.push_back(event.token);
      for (const TokenProbability& each : event.likeliest) text.logprobs.push_back(each.logprob);
    }
    EXPECT_TRUE(engine.check_integrity());
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(engine.counts().reused_tokens, 3 * 70) << "three of them computed nothing of it";
  EXPECT_EQ(engine.counts().passes, 2 + 3) << "70 tokens by 64, and one for each further token";
}

INSTANTIATE_TEST_SUITE_P(Families, PrefixReuse, testing::ValuesIn(families()), [](const auto& row) {
  std::string name = row.param;
  std::erase_if(name, [](char c) { return c == '-' || c == '/'; });
  return name;
});

}  // namespace
}  // namespace bantam::engine
