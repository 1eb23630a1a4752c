#include "eval/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/format.h"
#include "engine/sampling/sampler.h"
#include "engine/single_sequence.h"

namespace bantam::eval {
namespace {

// Rows with logits in one pass: bounds the memory that large vocabularies take.
constexpr std::int64_t kOutputRows = 128;

// Sums of the negative log-likelihood and its square.
struct Sums {
  double nll = 0;
  double nll_squared = 0;
  std::int64_t count = 0;

  void add(double value) {
    nll += value;
    nll_squared += value * value;
    ++count;
  }

  PerplexityResult result(std::int64_t windows) const {
    const auto n = static_cast<double>(count);
    const double mean = nll / n;
    const double variance = nll_squared / n - mean * mean;
    PerplexityResult result;
    result.perplexity = std::exp(mean);
    if (variance > 0 && count > 1) {
      result.standard_error = result.perplexity * std::sqrt(variance / (n - 1));
    }
    result.mean_nll = mean;
    result.windows = windows;
    result.scored_tokens = count;
    return result;
  }
};

// Scores one window, in passes of the executor's batch size.
class Window {
 public:
  Window(engine::Executor& executor, std::int64_t tokens)
      : tokens_(tokens),
        batch_tokens_(executor.options().batch_tokens),
        sequence_(executor, tokens) {}

  void score(std::span<const std::int32_t> ids, Sums& sums) {
    const std::int64_t first_scored = tokens_ / 2;
    for (std::int64_t begin = 0; begin < tokens_; begin += batch_tokens_) {
      const std::int64_t end = std::min(tokens_, begin + batch_tokens_);
      // Passes that score are cut so that their logits fit.
      for (std::int64_t from = begin; from < end;) {
        const std::int64_t to =
            from < first_scored ? std::min(end, first_scored) : std::min(end, from + kOutputRows);
        pass(ids, from, to, from >= first_scored, sums);
        from = to;
      }
    }
  }

 private:
  void pass(std::span<const std::int32_t> ids, std::int64_t from, std::int64_t to, bool scores,
            Sums& sums) {
    const auto offset = static_cast<std::size_t>(from);
    const auto count = static_cast<std::size_t>(to - from);
    outputs_.resize(scores ? count : 0);
    std::iota(outputs_.begin(), outputs_.end(), 0);
    const Tensor logits = sequence_.run(ids.subspan(offset, count), from, outputs_);
    for (std::int64_t row = 0; scores && row < to - from; ++row) {
      const std::int64_t next = from + row + 1;
      if (next >= tokens_) break;  // the last position predicts a token of the next window
      sums.add(-engine::log_probability(
          {logits.float_row(row), static_cast<std::size_t>(logits.shape.columns())},
          ids[static_cast<std::size_t>(next)]));
    }
  }

  std::int64_t tokens_, batch_tokens_;
  engine::SingleSequence sequence_;
  std::vector<std::int32_t> outputs_;
};

}  // namespace

engine::ExecutorOptions perplexity_executor_options(engine::ExecutorOptions options,
                                                    std::int64_t window_tokens) {
  options.context_tokens = window_tokens;
  options.output_rows = kOutputRows;
  return options;
}

PerplexityResult perplexity(engine::Executor& executor, std::span<const std::int32_t> tokens,
                            const PerplexityOptions& options, PerplexityProgress progress) {
  const std::int64_t size = options.window_tokens;
  if (size < 4)
    throw Error(ErrorCode::BadInput, format("window: found {} tokens, expected 4 or more", size));
  const auto available = static_cast<std::int64_t>(tokens.size());
  if (available < 2 * size) {
    throw Error(
        ErrorCode::BadInput,
        format("the text has {} tokens, expected at least two windows of {}: give a longer text or "
               "a smaller --ctx",
               available, size));
  }
  std::int64_t windows = available / size;
  if (options.windows_max > 0) windows = std::min(windows, options.windows_max);
  Sums sums;
  Window window(executor, size);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(size));
  for (std::int64_t index = 0; index < windows; ++index) {
    std::copy_n(tokens.begin() + index * size, size, ids.begin());
    if (options.bos) ids[0] = *options.bos;
    window.score(ids, sums);
    if (!std::isfinite(sums.nll)) {
      throw Error(ErrorCode::BadFile,
                  format("{}: the model computes numbers that are not finite; its "
                         "weights are damaged or overflow this cache type",
                         executor.model().file().name()));
    }
    if (!progress(sums.result(index + 1))) throw Error(ErrorCode::Cancelled, "stopped");
  }
  return sums.result(windows);
}

}  // namespace bantam::eval
