#include "eval/speed.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "engine/single_sequence.h"
#include "model/memory_plan.h"

namespace bantam::eval {
namespace {

// Feeds one sequence of made-up tokens to the executor.
class Feeder {
 public:
  Feeder(engine::Executor& executor, std::int64_t tokens_max)
      : vocabulary_(executor.model().spec().vocabulary_size), sequence_(executor, tokens_max) {
    tokens_.reserve(static_cast<std::size_t>(executor.options().batch_tokens));
  }

  // Runs positions [from, to) in passes of at most `rows`; the last row of each pass has logits.
  void feed(std::int64_t from, std::int64_t to, std::int64_t rows) {
    for (std::int64_t begin = from; begin < to; begin += rows) {
      const std::int64_t count = std::min(rows, to - begin);
      tokens_.clear();
      for (std::int64_t i = 0; i < count; ++i) {
        random_ = random_ * 6364136223846793005U + 1442695040888963407U;
        tokens_.push_back(
            static_cast<std::int32_t>((random_ >> 33) % static_cast<std::uint64_t>(vocabulary_)));
      }
      const auto last = static_cast<std::int32_t>(count - 1);
      sequence_.run(tokens_, begin, {&last, 1});
    }
  }

 private:
  std::int64_t vocabulary_;
  engine::SingleSequence sequence_;
  std::vector<std::int32_t> tokens_;
  std::uint64_t random_ = 1;
};

void run_test(Feeder& feeder, const SpeedTest& test, std::int64_t batch_tokens) {
  const std::int64_t prompt_end = test.depth + test.prompt_tokens;
  feeder.feed(test.depth, prompt_end, batch_tokens);
  feeder.feed(prompt_end, prompt_end + test.new_tokens, 1);
}

void predict(const engine::Executor& executor, SpeedResult& result) {
  const SpeedTest& test = result.test;
  const engine::ExecutorOptions& options = executor.options();
  const std::int64_t rows =
      test.prompt_tokens > 0 ? std::min(options.batch_tokens, test.prompt_tokens) : 1;
  const std::int64_t end =
      test.prompt_tokens > 0 ? test.depth + rows : test.depth + test.new_tokens / 2 + 1;
  const backend::Cost cost =
      model::pass_cost(executor.model(), executor.kernels(), executor.cache_layout(), rows, 1, end);
  const auto tokens = static_cast<double>(rows);
  result.bytes_per_token = (cost.weight_bytes + cost.kv_read_bytes + cost.kv_write_bytes) / tokens;
  result.flops_per_token = cost.flops / tokens;
}

void summarise(SpeedResult& result) {
  const auto tokens = static_cast<double>(result.test.prompt_tokens + result.test.new_tokens);
  const auto count = static_cast<double>(result.seconds.size());
  if (result.seconds.empty()) return;
  double sum = 0;
  for (const double seconds : result.seconds) sum += tokens / seconds;
  result.tokens_per_second = sum / count;
  double squares = 0;
  for (const double seconds : result.seconds) {
    squares += std::pow(tokens / seconds - result.tokens_per_second, 2);
  }
  if (count > 1) result.standard_deviation = std::sqrt(squares / (count - 1));
}

}  // namespace

SpeedResult measure_speed(engine::Executor& executor, const SpeedTest& test, int repetitions,
                          FunctionRef<bool(int repetition)> proceed) {
  SpeedResult result;
  result.test = test;
  const std::int64_t batch = executor.options().batch_tokens;
  if (!proceed(0)) return result;
  Feeder feeder(executor, test.depth + test.prompt_tokens + test.new_tokens);
  feeder.feed(0, test.depth, batch);
  // Warm-up: every weight is read once.
  SpeedTest warm_up = test;
  warm_up.new_tokens = std::min<std::int64_t>(test.new_tokens, 1);
  run_test(feeder, warm_up, batch);
  for (int repetition = 0; repetition < repetitions && proceed(repetition); ++repetition) {
    const Stopwatch watch;
    run_test(feeder, test, batch);
    result.seconds.push_back(watch.seconds());
  }
  summarise(result);
  predict(executor, result);
  return result;
}

}  // namespace bantam::eval
