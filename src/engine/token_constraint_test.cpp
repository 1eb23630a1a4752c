// What a constraint sees of a text, and what becomes of the text: with speculation and without.
#include "engine/token_constraint.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

constexpr std::int32_t kVocabulary = 512;

// Allows the ids of one residue class after another, and from `stands_still_after` tokens on none.
class Residues final : public TokenConstraint {
 public:
  explicit Residues(std::int32_t modulus, std::size_t stands_still_after = SIZE_MAX)
      : modulus_(modulus), stands_still_after_(stands_still_after), words_(kVocabulary / 64) {}

  std::span<const std::uint64_t> allowed() override {
    for (std::uint64_t& word : words_) word = 0;
    if (accepted.size() >= stands_still_after_) return words_;
    for (std::int32_t id = 0; id < kVocabulary; ++id) {
      if (allows(id)) words_[static_cast<std::size_t>(id) / 64] |= std::uint64_t{1} << id % 64;
    }
    return words_;
  }

  void accept(std::int32_t token) override {
    EXPECT_TRUE(allows(token));
    accepted.push_back(token);
  }

  std::vector<std::int32_t> accepted;

 private:
  bool allows(std::int32_t id) const {
    return id % modulus_ == static_cast<std::int32_t>(accepted.size()) % modulus_;
  }

  std::int32_t modulus_;
  std::size_t stands_still_after_;
  std::vector<std::uint64_t> words_;
};

EngineOptions options(SpeculationMode mode) {
  EngineOptions result;
  result.executor = {.threads = 1, .context_tokens = 256, .batch_tokens = 32};
  result.executor.block_count = 3 * model::blocks_for(256);
  result.sequences_max = 3;
  result.speculation.mode = mode;
  return result;
}

Request request(std::shared_ptr<TokenConstraint> constraint) {
  Request result;
  for (std::int32_t i = 0; i < 30; ++i) result.prompt.push_back(3 + i % 6);
  result.max_tokens = 40;
  result.sampling.seed = 5;
  result.constraint = std::move(constraint);
  return result;
}

struct Text {
  std::vector<std::int32_t> tokens;
  std::optional<FinishReason> reason;
};

Text run(Engine& engine, Request wanted) {
  const SequenceId id = engine.submit(std::move(wanted));
  Text text;
  while (!engine.is_idle()) {
    for (const TokenEvent& event : engine.step()) {
      if (event.sequence != id) continue;
      if (event.token != kNoToken) text.tokens.push_back(event.token);
      text.reason = event.finish;
    }
  }
  return text;
}

TEST(TokenConstraint, SeesTheTextTokenByTokenWithSpeculationAndWithout) {
  const auto model = test::tiny_model("llama2");
  std::vector<std::int32_t> expected;
  for (const SpeculationMode mode : {SpeculationMode::Off, SpeculationMode::Always}) {
    Engine engine(model, options(mode));
    const auto constraint = std::make_shared<Residues>(6);
    Request wanted = request(constraint);
    // Says again what it said, so that guesses are often right.
    wanted.sampling.temperature = 0;
    wanted.sampling.penalties.presence = -100;
    const Text text = run(engine, wanted);
    EXPECT_EQ(text.tokens.size(), 40U);
    EXPECT_EQ(text.tokens, constraint->accepted);
    EXPECT_EQ(text.reason, FinishReason::Length);
    if (mode == SpeculationMode::Off) expected = text.tokens;
    EXPECT_EQ(text.tokens, expected);
    EXPECT_EQ(engine.last_stats().accepted_tokens > 0, mode == SpeculationMode::Always);
  }
}

TEST(TokenConstraint, LeavesOtherSequencesAlone) {
  const auto model = test::tiny_model("llama2");
  Engine alone(model, options(SpeculationMode::Off));
  const Text expected = run(alone, request(nullptr));
  Engine engine(model, options(SpeculationMode::Off));
  engine.submit(request(std::make_shared<Residues>(6)));
  engine.submit(request(std::make_shared<Residues>(5, 3)));
  EXPECT_EQ(run(engine, request(nullptr)).tokens, expected.tokens);
}

TEST(TokenConstraint, EndsASequenceThatFindsNoTokenAndNeverSaysOne) {
  for (const SpeculationMode mode : {SpeculationMode::Off, SpeculationMode::Always}) {
    Engine engine(test::tiny_model("llama2"), options(mode));
    for (const std::size_t count : {0, 1, 7}) {
      const Text text = run(engine, request(std::make_shared<Residues>(3, count)));
      EXPECT_EQ(text.tokens.size(), count);
      EXPECT_EQ(text.reason, FinishReason::NoTokenAllowed);
      EXPECT_EQ(engine.last_stats().new_tokens, static_cast<std::int64_t>(count));
      EXPECT_TRUE(engine.check_integrity());
    }
    // What stays in the cache is still right.
    Engine fresh(test::tiny_model("llama2"), options(SpeculationMode::Off));
    EXPECT_EQ(run(engine, request(nullptr)).tokens, run(fresh, request(nullptr)).tokens);
  }
}

TEST(TokenConstraint, ReportsTheModelsOwnDistribution) {
  const auto model = test::tiny_model("llama2");
  Engine engine(model, options(SpeculationMode::Off));
  const auto first = [&](Request wanted) {
    wanted.logprobs = kVocabulary;
    wanted.max_tokens = 1;
    engine.submit(std::move(wanted));
    return engine.step()[0];
  };
  const TokenEvent plain = first(request(nullptr));
  Request biased = request(std::make_shared<Residues>(64));
  biased.sampling.logit_bias = {{.id = 64, .bias = 100}};
  const TokenEvent limited = first(biased);
  EXPECT_EQ(limited.token, 64);
  ASSERT_EQ(limited.likeliest.size(), plain.likeliest.size());
  for (std::size_t i = 0; i < plain.likeliest.size(); ++i) {
    EXPECT_EQ(limited.likeliest[i].id, plain.likeliest[i].id);
    EXPECT_EQ(limited.likeliest[i].logprob, plain.likeliest[i].logprob);
  }
}

TEST(MinTokens, KeepStopIdsAway) {
  Engine engine(test::tiny_model("llama2"), options(SpeculationMode::Off));
  const std::vector<std::int32_t> plain = run(engine, request(nullptr)).tokens;
  Request wanted = request(nullptr);
  for (std::int32_t id = 0; id < kVocabulary; id += 2) wanted.stop_ids.push_back(id);
  for (const std::int64_t least : {0, 1, 9, 39, 40, 1000}) {
    wanted.min_tokens = least;
    const Text text = run(engine, wanted);
    const auto size = std::ssize(text.tokens);
    EXPECT_GE(size, std::min<std::int64_t>(least, 40));
    for (std::int64_t i = 0; i < std::min(size, least); ++i) {
      EXPECT_EQ(text.tokens[static_cast<std::size_t>(i)] % 2, 1) << i;
    }
    EXPECT_EQ(text.reason == FinishReason::Stop, text.tokens.back() % 2 == 0);
  }
  wanted.min_tokens = -1;
  EXPECT_ANY_THROW(engine.submit(wanted));
}

}  // namespace
}  // namespace bantam::engine
