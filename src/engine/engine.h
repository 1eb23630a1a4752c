// Generates text for several sequences at once, one pass at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/executor.h"
#include "engine/request.h"
#include "engine/sampling/sampler.h"
#include "engine/scheduler.h"
#include "engine/sequence.h"
#include "engine/speculative/speculation.h"
#include "engine/speculative/verify.h"

namespace bantam::engine {

struct EngineOptions {
  ExecutorOptions executor;
  std::int64_t sequences_max = 1;  // generated at once
  SpeculationOptions speculation = {};
};

// Whether guesses about a model's next tokens can be checked in one pass and taken back: not where
// layers keep a recurrent state.
bool can_speculate(const model::Model& model);

// Owns sequences, blocks and passes. One thread calls every method. A step of sequences that are
// past their prompt allocates nothing unless log-probabilities were asked for.
class Engine {
 public:
  // Without speculation where the model has recurrent layers: see can_speculate. Throws what
  // Executor and Speculation throw.
  Engine(std::shared_ptr<const model::Model> model, EngineOptions options);

  const Executor& executor() const { return executor_; }
  std::int64_t context_tokens() const { return executor_.options().context_tokens; }

  // Takes a request in. Throws ContextFull where the prompt leaves no room for a new token,
  // BadInput for an empty prompt, an id outside the vocabulary or an option out of range, and where
  // sequences_max are running already. The beginning that the prompt shares with the last finished
  // sequence is not computed again.
  SequenceId submit(Request request);

  // Runs one pass and returns the tokens it brought, those of a sequence in order, valid until the
  // next step: one a sequence, or several with speculation. Returns nothing when there is nothing
  // to do, or when the pass was wholly within prompts. Throws BadFile where the model computes what
  // is no number; after any error all sequences have ended.
  std::span<const TokenEvent> step();

  bool is_idle() const { return sequences_.empty(); }

  // Ends a sequence at once; its tokens so far stay in the cache for the next prompt.
  void cancel(SequenceId id);

  // Figures of the sequence that ended last.
  const SequenceStats& last_stats() const { return last_stats_; }

  // Every block is free or belongs to one sequence: for tests.
  bool check_integrity() const;

 private:
  bool needs_long_rope(std::int64_t tokens) const;
  void reuse_prefix(Sequence& sequence);
  std::span<const TokenEvent> run_pass();
  void make_batch();
  std::int64_t draft_room(const Sequence& sequence) const;
  void commit(Sequence& sequence, const ScheduledSlice& slice, const Tensor& logits,
              std::int64_t first_row);
  std::optional<std::int32_t> sample(const Sequence& sequence, std::span<const float> logits);
  ChosenToken commit_token(Sequence& sequence, std::span<const float> logits);
  std::optional<FinishReason> finish_reason(const Sequence& sequence) const;
  void report_probabilities(const Sequence& sequence, std::span<const float> logits,
                            TokenEvent& event);
  bool switch_rope(Sequence& sequence);
  void retire_finished();
  void retire(Sequence& sequence);
  void end_all();

  EngineOptions options_;
  Executor executor_;
  BlockPools pools_;
  Sampler sampler_;
  std::optional<Speculation> speculation_;
  std::vector<Sequence> sequences_;
  Sequence retained_;  // the last one that ended: only its tokens and blocks matter
  SequenceId next_id_ = 1;
  SequenceStats last_stats_;

  // Of one step; kept to keep their memory.
  std::vector<ScheduledSlice> scheduled_;
  std::vector<std::int32_t> tokens_, positions_, output_rows_;
  std::vector<backend::SequenceSlice> slices_;
  std::vector<TokenEvent> events_;
  std::vector<SequenceId> finished_;
};

}  // namespace bantam::engine
