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
#include "engine/sequence_cache.h"
#include "engine/speculative/speculation.h"
#include "engine/speculative/verify.h"

namespace bantam::engine {

struct EngineOptions {
  ExecutorOptions executor;
  std::int64_t sequences_max = 1;     // that run at once
  std::int64_t waiting_max = 64;      // that wait for their turn beside them
  std::int64_t prefill_tokens = 128;  // of prompts in a pass with sequences that are past theirs
  SpeculationOptions speculation = {};
};

// Whether guesses about a model's next tokens can be checked in one pass and taken back: not where
// layers keep a recurrent state.
bool can_speculate(const model::Model& model);

// Of all sequences so far, and of now.
struct EngineCounts {
  std::int64_t running = 0, waiting = 0;
  SequenceCache::Blocks blocks;
  std::int64_t ended = 0, preemptions = 0, passes = 0;
  std::int64_t prompt_tokens = 0, reused_tokens = 0, new_tokens = 0;  // of those that ended
};

// Owns sequences, blocks and passes. One thread calls every method. A step of sequences that are
// past their prompt allocates nothing unless log-probabilities were asked for.
//
// Requests run in the order in which they came, as many at once as there is room for. Where blocks
// run out, the youngest sequence gives up its own and is computed again later: never a failure, nor
// another text. A prompt that begins as another one did finds that beginning in the cache.
class Engine {
 public:
  // Without speculation where the model has recurrent layers: see can_speculate. Throws BadInput
  // for options out of range, and what Executor and Speculation throw.
  Engine(std::shared_ptr<const model::Model> model, EngineOptions options);

  const Executor& executor() const { return executor_; }
  // Prompt and new tokens of one sequence at the most: what was asked for, or what fits into the
  // blocks.
  std::int64_t context_tokens() const { return cache_.sequence_tokens_max(); }

  // Takes a request in; it is computed by the steps to come. Throws ContextFull where the prompt
  // leaves no room for a new token, BadInput for an empty prompt, an id outside the vocabulary or
  // an option out of range, and where is_full().
  SequenceId submit(Request request);
  // Whether as many requests wait as may.
  bool is_full() const;

  // Runs one pass and returns the tokens it brought, those of a sequence in order, valid until the
  // next step: one a sequence, or several with speculation. Returns nothing when there is nothing
  // to do, or when the pass was wholly within prompts. Throws BadFile where the model computes what
  // is no number; after any error all sequences have ended.
  std::span<const TokenEvent> step();

  bool is_idle() const { return sequences_.empty() && waiting_.empty(); }

  // Ends a sequence at once, also one that waits; its tokens so far stay in the cache. Returns its
  // figures, or none where it has ended already.
  std::optional<SequenceStats> cancel(SequenceId id);

  // The sequences that ended by themselves in the last step, valid until the next one.
  std::span<const FinishedSequence> finished() const { return finished_; }
  // Figures of the sequence that ended last.
  const SequenceStats& last_stats() const { return last_stats_; }
  // None where it has ended.
  std::optional<SequenceStatus> status(SequenceId id) const;
  EngineCounts counts() const;

  // Every block is free, kept, or held by the sequences that say so, and the sequences are in
  // order: for tests.
  bool check_integrity() const;

 private:
  // engine.cpp: a pass and what comes of it.
  std::span<const TokenEvent> run_pass();
  void make_batch();
  std::int64_t draft_room(const Sequence& sequence) const;
  void commit(Sequence& sequence, const ScheduledSlice& slice, const Tensor& logits,
              std::int64_t first_row);
  std::optional<std::int32_t> sample(const Sequence& sequence, std::span<const float> logits);
  ChosenToken commit_token(Sequence& sequence, std::span<const float> logits);
  void fork_followers(const Sequence& leader, std::span<const float> logits);
  std::optional<FinishReason> finish_reason(const Sequence& sequence) const;
  void report_probabilities(const Sequence& sequence, std::span<const float> logits,
                            TokenEvent& event);
  bool outgrows_rope(const Sequence& sequence) const;
  void go_on(Sequence& sequence);

  // admission.cpp: who runs.
  void admit();
  void start(Sequence sequence);
  void begin(Sequence& sequence);
  std::optional<Leader> find_leader(const Sequence& sequence) const;
  void release_followers();
  void schedule_pass();
  bool try_prepare_pass();
  void preempt_youngest();
  bool needs_long_rope(std::int64_t tokens) const;
  void retire_finished();
  void retire(Sequence& sequence);
  void count_ended(const Sequence& sequence);
  void end_all();

  EngineOptions options_;
  Executor executor_;
  SequenceCache cache_;
  Sampler sampler_;
  std::optional<Speculation> speculation_;
  std::vector<Sequence> sequences_;  // that run, the oldest first
  std::vector<Sequence> waiting_;    // those that do not, the oldest first
  SequenceId next_id_ = 1;
  SequenceStats last_stats_;
  EngineCounts totals_;

  // Of one step; kept to keep their memory.
  std::vector<ScheduledSlice> scheduled_;
  std::vector<std::int32_t> tokens_, positions_, output_rows_;
  std::vector<backend::SequenceSlice> slices_;
  std::vector<TokenEvent> events_;
  std::vector<FinishedSequence> finished_;
};

}  // namespace bantam::engine
