// How fast a model runs here: prefill and decode rates as llama-bench measures them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/function_ref.h"
#include "engine/executor.h"

namespace bantam::eval {

struct SpeedTest {
  std::int64_t prompt_tokens = 0;  // ppN: one prompt of N tokens, in passes of the batch size
  std::int64_t new_tokens = 0;     // tgN: N tokens one by one
  std::int64_t depth = 0;          // tokens in the cache before; not timed
};

struct SpeedResult {
  SpeedTest test;
  std::vector<double> seconds;    // of each repetition
  double tokens_per_second = 0;   // mean over the repetitions
  double standard_deviation = 0;  // of it, over the sample
  double bytes_per_token = 0;     // weights and cache, read and written; by CostOps
  double flops_per_token = 0;     // likewise
};

// Runs a warm-up and then `repetitions` of the test with pseudo-random ids. `proceed` is asked
// before each repetition; when it returns false the result holds what was measured so far.
SpeedResult measure_speed(engine::Executor& executor, const SpeedTest& test, int repetitions,
                          FunctionRef<bool(int repetition)> proceed);

}  // namespace bantam::eval
