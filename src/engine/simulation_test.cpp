// Many requests with random prompts, arrivals, cancels and too few blocks: whatever happens, each
// text is the one that its request gets alone, and every block has its place after each step.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/engine.h"
#include "support/test_model.h"

namespace bantam::engine {
namespace {

constexpr std::int64_t kContext = 224;
constexpr std::size_t kRequests = 24;

using Ids = std::vector<std::int32_t>;
using Model = std::shared_ptr<const model::Model>;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  // Below `end`, the same on every machine.
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(engine_() % static_cast<std::uint32_t>(end));
  }
  bool one_in(std::int64_t count) { return below(count) == 0; }

 private:
  std::mt19937 engine_;
};

// Lets every third token pass, another third after each.
class Thirds final : public TokenConstraint {
 public:
  std::span<const std::uint64_t> allowed() override {
    words_.assign(8, 0);
    for (std::size_t id = 0; id < 512; ++id) {
      if (id % 3 == count_ % 3) words_[id / 64] |= std::uint64_t{1} << id % 64;
    }
    return words_;
  }
  void accept(std::int32_t token) override {
    EXPECT_EQ(static_cast<std::size_t>(token) % 3, count_ % 3);
    ++count_;
  }

 private:
  std::size_t count_ = 0;
  std::vector<std::uint64_t> words_;
};

// A request as often as it is wanted, and what it says alone.
struct Plan {
  Request request;
  bool is_constrained = false;
  Ids text;
  FinishReason reason = FinishReason::Stop;

  Request fresh() const {
    Request copy = request;
    if (is_constrained) copy.constraint = std::make_shared<Thirds>();
    return copy;
  }
};

EngineOptions options(std::int64_t blocks, std::int64_t sequences) {
  EngineOptions result;
  result.executor = {.threads = 1, .context_tokens = kContext, .batch_tokens = 48};
  result.executor.block_count = blocks;
  result.sequences_max = sequences;
  result.waiting_max = 5;
  return result;
}

// A prompt that begins as an earlier one does, or as a chat that goes on, or anew.
Ids make_prompt(Random& random, const std::vector<Plan>& earlier) {
  Ids prompt;
  if (!earlier.empty() && !random.one_in(3)) {
    const Plan& other = earlier[static_cast<std::size_t>(random.below(std::ssize(earlier)))];
    prompt = other.request.prompt;
    if (random.one_in(3)) {
      prompt.insert(prompt.end(), other.text.begin(), other.text.end());
    } else if (random.one_in(2)) {
      prompt.resize(static_cast<std::size_t>(random.below(std::ssize(prompt) + 1)));
    }
  }
  if (prompt.empty() || !random.one_in(3)) {
    for (std::int64_t count = 1 + random.below(60); count > 0; --count) {
      prompt.push_back(static_cast<std::int32_t>(3 + random.below(40)));
    }
  }
  prompt.resize(std::min<std::size_t>(prompt.size(), kContext - 1));
  return prompt;
}

Plan make_plan(Random& random, const std::vector<Plan>& earlier) {
  Plan plan;
  Request& request = plan.request;
  request.prompt = make_prompt(random, earlier);
  request.max_tokens = random.one_in(10) ? -1 : 1 + random.below(90);
  request.sampling.seed = static_cast<std::uint64_t>(random.below(1000));
  request.sampling.temperature = random.one_in(2) ? 0 : 1;
  // Repeats itself, so that guesses are right.
  if (random.one_in(3)) request.sampling.penalties.presence = -50;
  if (random.one_in(3)) request.stop_ids = {7, 8, 9};
  request.cache_salt = random.one_in(4) ? "other" : "";
  plan.is_constrained = random.one_in(5);
  return plan;
}

// Each run for itself, with nothing to find in the cache.
std::vector<Plan> make_plans(const Model& model, std::int64_t context, Random& random) {
  Engine engine(model, options((context + 31) / 32, 1));
  std::vector<Plan> plans;
  while (plans.size() < kRequests) {
    Plan plan = make_plan(random, plans);
    if (std::ssize(plan.request.prompt) >= context) {
      EXPECT_ANY_THROW(engine.submit(plan.fresh()));
      continue;
    }
    Request request = plan.fresh();
    request.cache_salt = std::to_string(plans.size());
    engine.submit(std::move(request));
    while (!engine.is_idle()) {
      for (const TokenEvent& event : engine.step()) {
        plan.text.push_back(event.token);
        if (event.finish) plan.reason = *event.finish;
      }
    }
    EXPECT_EQ(engine.last_stats().reused_tokens, 0);
    plans.push_back(std::move(plan));
  }
  return plans;
}

struct Live {
  const Plan* plan = nullptr;
  Ids text;
};

class Simulation {
 public:
  Simulation(const Model& model, std::uint32_t seed)
      : random_(seed),
        engine_(model, random_options()),
        plans_(make_plans(model, engine_.context_tokens(), random_)) {}

  void run(int steps) {
    for (int step = 0; step < steps || !engine_.is_idle(); ++step) {
      if (step < steps) arrive();
      ASSERT_LT(step, steps + 10000) << "what has come never ends";
      take_step();
      ASSERT_TRUE(engine_.check_integrity()) << "step " << step;
      ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step;
      if (random_.one_in(25)) cancel();
    }
    EXPECT_TRUE(live_.empty());
  }

  EngineCounts counts() const { return engine_.counts(); }
  std::int64_t guessed() const { return guessed_; }

 private:
  EngineOptions random_options() {
    const std::int64_t sequences = 1 + random_.below(6);
    EngineOptions result = options(3 + random_.below(9), sequences);
    result.executor.batch_tokens = 6 + random_.below(80);
    result.prefill_tokens = 1 + random_.below(60);
    if (random_.one_in(2)) result.speculation.mode = SpeculationMode::Always;
    return result;
  }

  void arrive() {
    while (random_.one_in(2)) {
      const Plan& plan = plans_[static_cast<std::size_t>(random_.below(std::ssize(plans_)))];
      if (engine_.is_full()) {
        EXPECT_ANY_THROW(engine_.submit(plan.fresh()));
      } else {
        live_[engine_.submit(plan.fresh())] = {&plan, {}};
      }
    }
  }

  void take_step() {
    for (const TokenEvent& event : engine_.step()) {
      ASSERT_TRUE(live_.contains(event.sequence));
      live_[event.sequence].text.push_back(event.token);
    }
    for (const FinishedSequence& ended : engine_.finished()) {
      const Live& live = live_.at(ended.sequence);
      EXPECT_EQ(live.text, live.plan->text);
      EXPECT_EQ(ended.reason, live.plan->reason);
      EXPECT_EQ(ended.stats.new_tokens, std::ssize(live.text));
      guessed_ += ended.stats.accepted_tokens;
      live_.erase(ended.sequence);
    }
    for (const auto& [id, live] : live_) EXPECT_TRUE(engine_.status(id).has_value());
  }

  void cancel() {
    if (live_.empty()) return;
    const auto found = std::next(live_.begin(), random_.below(std::ssize(live_)));
    const Live& live = found->second;
    ASSERT_LE(live.text.size(), live.plan->text.size());
    EXPECT_TRUE(std::equal(live.text.begin(), live.text.end(), live.plan->text.begin()));
    EXPECT_TRUE(engine_.cancel(found->first).has_value());
    EXPECT_FALSE(engine_.cancel(found->first).has_value());
    live_.erase(found);
    EXPECT_TRUE(engine_.check_integrity());
  }

  Random random_;
  Engine engine_;
  std::vector<Plan> plans_;
  std::map<SequenceId, Live> live_;
  std::int64_t guessed_ = 0;
};

class SimulationOf : public testing::TestWithParam<const char*> {};

TEST_P(SimulationOf, GivesEachRequestTheTextThatItGetsAlone) {
  const Model model = test::tiny_model(GetParam());
  EngineCounts sum;
  std::int64_t guessed = 0;
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Simulation simulation(model, seed);
    if (HasFailure()) return;
    simulation.run(500);
    if (HasFailure()) return;
    const EngineCounts counts = simulation.counts();
    EXPECT_EQ(counts.running + counts.waiting, 0);
    EXPECT_EQ(counts.blocks.free + counts.blocks.kept, counts.blocks.all);
    sum.preemptions += counts.preemptions;
    sum.reused_tokens += counts.reused_tokens;
    sum.passes += counts.passes;
    guessed += simulation.guessed();
  }
  // What the test is about did happen.
  EXPECT_GT(sum.passes, 5000);
  EXPECT_GT(sum.preemptions, 80);
  EXPECT_GT(sum.reused_tokens, 1000);
  EXPECT_EQ(guessed > 20, can_speculate(*model));
}

INSTANTIATE_TEST_SUITE_P(Models, SimulationOf,
                         testing::Values("llama2", "gemma3", "more/lfm2", "phi3-longrope"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::erase_if(name, [](char c) { return c == '-' || c == '/'; });
                           return name;
                         });

}  // namespace
}  // namespace bantam::engine
