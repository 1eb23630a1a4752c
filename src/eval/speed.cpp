#include "eval/speed.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/check.h"
#include "base/clock.h"
#include "engine/sequence_blocks.h"
#include "model/memory_plan.h"

namespace bantam::eval {
namespace {

// Feeds sequences of made-up tokens to the executor.
class Feeder {
 public:
  Feeder(engine::Executor& executor, const SpeedTest& test)
      : executor_(executor),
        pools_(executor.cache_layout(), executor.plan().cache_blocks),
        sequences_(static_cast<std::size_t>(test.sequences)) {
    const std::int64_t tokens_max = test.depth + test.prompt_tokens + test.new_tokens;
    for (engine::SequenceBlocks& sequence : sequences_) {
      pools_.reserve(sequence, tokens_max);
    }
    const auto boundary = model::long_rope_boundary(executor.model().spec());
    is_long_rope_ = boundary && tokens_max > *boundary;
    const auto rows = static_cast<std::size_t>(executor.options().batch_tokens);
    tokens_.reserve(rows);
    positions_.reserve(rows);
    slices_.reserve(sequences_.size());
    outputs_.reserve(sequences_.size());
  }

  // Positions [from, to) of each sequence, one after the other, in passes of the batch size.
  void prefill(std::int64_t from, std::int64_t to) {
    const std::int64_t rows = executor_.options().batch_tokens;
    for (engine::SequenceBlocks& sequence : sequences_) {
      for (std::int64_t begin = from; begin < to; begin += rows) {
        run({&sequence, 1}, begin, std::min(rows, to - begin));
      }
    }
  }

  // Positions [from, to) of all sequences together, one token of each in a pass.
  void decode(std::int64_t from, std::int64_t to) {
    for (std::int64_t position = from; position < to; ++position) run(sequences_, position, 1);
  }

 private:
  // One pass; the last row of each sequence has logits.
  void run(std::span<engine::SequenceBlocks> sequences, std::int64_t first, std::int64_t rows) {
    tokens_.clear();
    positions_.clear();
    slices_.clear();
    outputs_.clear();
    for (engine::SequenceBlocks& sequence : sequences) {
      BANTAM_CHECK(pools_.try_prepare(sequence, {first, first + rows}),
                   "the cache holds the longest test");
      slices_.push_back({.first_row = std::ssize(tokens_),
                         .row_count = rows,
                         .first_position = first,
                         .blocks = sequence.tables(),
                         .is_long_rope = is_long_rope_});
      for (std::int64_t i = 0; i < rows; ++i) {
        tokens_.push_back(next_token());
        positions_.push_back(static_cast<std::int32_t>(first + i));
      }
      outputs_.push_back(static_cast<std::int32_t>(tokens_.size()) - 1);
    }
    executor_.run(
        {.tokens = tokens_, .positions = positions_, .slices = slices_, .output_rows = outputs_});
  }

  std::int32_t next_token() {
    const auto vocabulary = static_cast<std::uint64_t>(executor_.model().spec().vocabulary_size);
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int32_t>((random_ >> 33) % vocabulary);
  }

  engine::Executor& executor_;
  engine::BlockPools pools_;
  std::vector<engine::SequenceBlocks> sequences_;
  bool is_long_rope_ = false;
  std::vector<std::int32_t> tokens_;
  std::vector<std::int32_t> positions_;
  std::vector<backend::SequenceSlice> slices_;
  std::vector<std::int32_t> outputs_;
  std::uint64_t random_ = 1;
};

void run_test(Feeder& feeder, const SpeedTest& test) {
  const std::int64_t prompt_end = test.depth + test.prompt_tokens;
  feeder.prefill(test.depth, prompt_end);
  feeder.decode(prompt_end, prompt_end + test.new_tokens);
}

void add(backend::Cost& sum, const backend::Cost& pass, std::int64_t times) {
  const auto factor = static_cast<double>(times);
  for (std::size_t kind = 0; kind < sum.operations.size(); ++kind) {
    sum.operations[kind] += factor * pass.operations[kind];
  }
  sum.weight_bytes += factor * pass.weight_bytes;
  sum.kv_read_bytes += factor * pass.kv_read_bytes;
  sum.kv_write_bytes += factor * pass.kv_write_bytes;
}

backend::Cost test_cost(const engine::Executor& executor, const SpeedTest& test) {
  backend::Cost sum;
  const auto add_pass = [&](const model::PassShape& pass, std::int64_t times) {
    add(sum, model::pass_cost(executor.model(), executor.kernels(), executor.cache_layout(), pass),
        times);
  };
  const std::int64_t prompt_end = test.depth + test.prompt_tokens;
  for (std::int64_t begin = test.depth; begin < prompt_end;) {
    const std::int64_t rows = std::min(executor.options().batch_tokens, prompt_end - begin);
    begin += rows;
    add_pass({.rows = rows, .context_tokens = begin}, 1);
  }
  // The cost of a token grows evenly with its position: the middle one stands for all.
  if (test.new_tokens > 0) {
    add_pass({.output_rows = test.sequences,
              .context_tokens = prompt_end + test.new_tokens / 2 + 1,
              .sequences = test.sequences},
             test.new_tokens);
  }
  return sum;
}

void summarise(SpeedResult& result) {
  const auto tokens = static_cast<double>(result.test.tokens());
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
                          FunctionRef<bool(int repetition)> proceed,
                          FunctionRef<double()> read_bandwidth) {
  SpeedResult result;
  result.test = test;
  result.cost = test_cost(executor, test);
  if (!proceed(0)) return result;
  Feeder feeder(executor, test);
  feeder.prefill(0, test.depth);
  // Warm-up: every weight is read once.
  SpeedTest warm_up = test;
  warm_up.new_tokens = std::min<std::int64_t>(test.new_tokens, 1);
  run_test(feeder, warm_up);
  const double before = read_bandwidth();
  for (int repetition = 0; repetition < repetitions && proceed(repetition); ++repetition) {
    const Stopwatch watch;
    run_test(feeder, test);
    result.seconds.push_back(watch.seconds());
  }
  result.read_bytes_per_second = (before + read_bandwidth()) / 2;
  summarise(result);
  return result;
}

}  // namespace bantam::eval
