// How fast a model runs here: prefill and decode rates as llama-bench measures them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/function_ref.h"
#include "engine/executor.h"

namespace bantam::eval {

struct SpeedTest {
  std::int64_t prompt_tokens = 0;  // ppN: one prompt of N tokens, in passes of the batch size
  std::int64_t new_tokens = 0;     // tgN: N tokens one by one ...
  std::int64_t sequences = 1;      // ... of each of so many sequences together, at most the batch
  std::int64_t depth = 0;          // tokens in the cache of each before; not timed

  std::int64_t tokens() const { return prompt_tokens + sequences * new_tokens; }  // in all
};

struct SpeedResult {
  SpeedTest test;
  std::vector<double> seconds;       // of each repetition
  double tokens_per_second = 0;      // mean over the repetitions
  double standard_deviation = 0;     // of it, over the sample
  double read_bytes_per_second = 0;  // mean of the machine's bandwidth before and after
  backend::Cost cost;                // of one repetition, by CostOps
};

// Runs a warm-up and then `repetitions` of the test with pseudo-random ids. `proceed` is asked
// before each repetition; when it returns false the result holds what was measured so far.
// `read_bandwidth` measures, bytes a second; it is called right before and right after the timed
// repetitions. The executor was made for so many sequences of so many tokens.
SpeedResult measure_speed(engine::Executor& executor, const SpeedTest& test, int repetitions,
                          FunctionRef<bool(int repetition)> proceed,
                          FunctionRef<double()> read_bandwidth);

}  // namespace bantam::eval
