// Perplexity over windows of a text, exactly as llama-perplexity cuts and scores them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/function_ref.h"
#include "engine/executor.h"

namespace bantam::eval {

struct PerplexityOptions {
  std::int64_t window_tokens = 512;
  std::optional<std::int32_t> bos;  // replaces the first token of every window where there is one
  std::int64_t windows_max = 0;     // 0: all
};

struct PerplexityResult {
  double perplexity = 0;      // exp of the mean
  double standard_error = 0;  // of the perplexity
  double mean_nll = 0;        // negative log-likelihood a scored token, natural logarithm
  std::int64_t windows = 0;
  std::int64_t scored_tokens = 0;
};

// Called after each window with the result so far; returning false stops with Cancelled.
using PerplexityProgress = FunctionRef<bool(const PerplexityResult&)>;

// The executor passes that a window needs: context and outputs must hold these.
engine::ExecutorOptions perplexity_executor_options(engine::ExecutorOptions options,
                                                    std::int64_t window_tokens);

// Windows do not overlap; what does not fill the last one is dropped. The second half of each
// window is scored: positions window/2 to window - 2 predict the token after them. Throws BadInput
// where `tokens` are fewer than two windows.
PerplexityResult perplexity(engine::Executor& executor, std::span<const std::int32_t> tokens,
                            const PerplexityOptions& options, PerplexityProgress progress);

}  // namespace bantam::eval
