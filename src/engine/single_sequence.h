// One sequence that has an executor to itself: for whatever needs logits, not text.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/executor.h"
#include "engine/sequence_blocks.h"

namespace bantam::engine {

// The executor outlives it. One thread calls.
class SingleSequence {
 public:
  // `tokens_max` that the sequence will have in the end: within the executor's context. Decides,
  // where the model has two kinds of rotation, which one it uses from its start.
  SingleSequence(Executor& executor, std::int64_t tokens_max);

  // Computes `tokens`, at most the executor's batch_tokens of them, at positions `first` and on;
  // those before it were computed already. `output_rows` count from the first of `tokens`. See
  // Executor::run.
  Tensor run(std::span<const std::int32_t> tokens, std::int64_t first,
             std::span<const std::int32_t> output_rows,
             const model::HiddenObserver* observer = nullptr);

 private:
  Executor& executor_;
  BlockPools pools_;
  SequenceBlocks blocks_;
  bool is_long_rope_ = false;
  std::vector<std::int32_t> positions_;
};

}  // namespace bantam::engine
