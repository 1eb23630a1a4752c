#include "engine/single_sequence.h"

#include <numeric>

#include "base/check.h"

namespace bantam::engine {

SingleSequence::SingleSequence(Executor& executor, std::int64_t tokens_max)
    : executor_(executor),
      pools_(executor.cache_layout(), executor.plan().cache_blocks),
      positions_(static_cast<std::size_t>(executor.options().batch_tokens)) {
  pools_.reserve(blocks_, tokens_max);
  const auto boundary = model::long_rope_boundary(executor.model().spec());
  is_long_rope_ = boundary && tokens_max > *boundary;
}

Tensor SingleSequence::run(std::span<const std::int32_t> tokens, std::int64_t first,
                           std::span<const std::int32_t> output_rows,
                           const model::HiddenObserver* observer) {
  const auto positions = std::span(positions_).first(tokens.size());
  std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(first));
  BANTAM_CHECK(pools_.try_prepare(blocks_, {first, first + std::ssize(tokens)}),
               "the cache holds the longest sequence");
  const backend::SequenceSlice slice{.first_row = 0,
                                     .row_count = std::ssize(tokens),
                                     .first_position = first,
                                     .blocks = blocks_.tables(),
                                     .is_long_rope = is_long_rope_};
  return executor_.run(
      {.tokens = tokens, .positions = positions, .slices = {&slice, 1}, .output_rows = output_rows},
      observer);
}

}  // namespace bantam::engine
