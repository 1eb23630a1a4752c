// Guesses what a second, smaller model would say.
#pragma once

#include <memory>

#include "engine/executor.h"
#include "engine/sampling/sampler.h"
#include "engine/sequence_blocks.h"
#include "engine/speculative/drafter.h"

namespace bantam::engine {

struct ModelDrafterOptions {
  std::int64_t sequences_max = 1;
  std::int64_t draft_max = 8;
  std::int64_t vocabulary_size = 0;  // of the model that checks; ids beyond the smaller one's table
                                     // are never fed
};

// Has an executor and a cache of its own, in which each sequence has room for the whole context; it
// follows the sequences, and forgets what it guessed wrongly. It draws with the seeds, positions
// and options of the model that checks, so that both choose the same token as often as they can.
// Source: speculative decoding (arXiv 2211.17192), with the random numbers in common.
class ModelDrafter final : public Drafter {
 public:
  // Computes on `pool`, which outlives it. `executor` are the options of the model that checks.
  // Throws Unsupported for a model with recurrent layers, and what Executor throws.
  ModelDrafter(std::shared_ptr<const model::Model> model, const ExecutorOptions& executor,
               const ModelDrafterOptions& options, ThreadPool& pool);

  void begin(SequenceId sequence, std::int64_t tokens_max) override;
  void end(SequenceId sequence) override;
  std::optional<std::size_t> kind(SequenceId sequence,
                                  std::span<const std::int32_t> tokens) override;
  double expected_acceptance(std::size_t kind) const override;
  void draft(std::span<const DraftRequest> requests) override;
  double seconds_per_token() const override { return seconds_per_token_; }

 private:
  // One sequence's place in the cache; kept when it ends, so that the next one finds its beginning.
  struct Slot {
    std::optional<SequenceId> sequence;
    SequenceBlocks blocks;
    std::vector<std::int32_t> tokens;  // those of the sequence and those guessed after them
    std::int64_t cached = 0;           // of them, from the first on
    std::size_t checked = 0;           // tokens of the sequence that are in both vocabularies
    bool is_long_rope = false;
    bool is_lost = false;  // the model computed what is no number: it guesses no more

    std::int64_t pending() const { return static_cast<std::int64_t>(tokens.size()) - cached; }
  };
  Slot& slot(SequenceId sequence);
  void follow(Slot& slot, std::span<const std::int32_t> tokens) const;
  bool run_pass(std::span<const DraftRequest> requests);
  void add_slice(Slot& slot);
  static void give_up(Slot& slot);
  void choose(const DraftRequest& request, std::span<const float> logits);
  void measure(double seconds);

  Executor executor_;
  BlockPools pools_;
  Sampler sampler_;
  std::int64_t draft_max_;
  std::int64_t vocabulary_size_;  // ids that both models know
  std::vector<Slot> slots_;
  double seconds_per_token_ = 0;

  // Of one pass; kept to keep their memory.
  std::vector<std::int32_t> tokens_, positions_, output_rows_;
  std::vector<backend::SequenceSlice> slices_;
  std::vector<const DraftRequest*> outputs_;  // which request an output row is for
};

}  // namespace bantam::engine
