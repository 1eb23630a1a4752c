// Guesses in the service of an engine: who makes them, how many, and what came of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/function_ref.h"
#include "engine/executor.h"
#include "engine/sequence.h"
#include "engine/speculative/draft_length.h"
#include "engine/speculative/drafter.h"
#include "engine/speculative/pass_costs.h"

namespace bantam::engine {

enum class SpeculationMode {
  Off,
  Auto,    // guesses where it makes text come faster
  Always,  // guesses as much as it may wherever it can: to measure and to test
};

inline constexpr std::int64_t kDraftMax = 64;

struct SpeculationOptions {
  SpeculationMode mode = SpeculationMode::Off;
  std::int64_t draft_max = 8;                       // tokens guessed ahead: 1 to kDraftMax
  std::shared_ptr<const model::Model> draft_model;  // none: only what the text itself suggests
};

// Owned by the engine's thread. A step allocates nothing.
class Speculation {
 public:
  // Computes with the executor's threads; it outlives this. Throws BadInput for options out of
  // range and what the drafters throw.
  Speculation(const SpeculationOptions& options, Executor& executor, std::int64_t sequences_max);

  void begin(Sequence& sequence, std::int64_t tokens_max);
  void end(const Sequence& sequence);

  // Fills in the drafts of sequences that are past their prompt, so that each fits into a pass with
  // the others; at most `room(sequence)` tokens. None while a prompt waits for the same pass.
  void draft(std::span<Sequence> sequences,
             FunctionRef<std::int64_t(const Sequence& sequence)> room);

  // The pass that followed had so many rows and took so long.
  void record_pass(std::int64_t rows, double seconds);
  // And so many tokens of the sequence's draft, which may be empty, were right.
  void record_draft(Sequence& sequence, std::int64_t accepted);

 private:
  struct Choice;
  Choice best_choice(const Sequence& sequence, std::int64_t room);
  double drafting_seconds(std::size_t drafter, std::int64_t count) const;

  SpeculationOptions options_;
  std::int64_t rows_max_;  // of one pass, all of which may have logits
  PassCosts costs_;
  std::vector<std::unique_ptr<Drafter>> drafters_;
  std::vector<std::vector<DraftRequest>> requests_;  // of each drafter, in one step
  // The pass in the making.
  std::int64_t decoding_ = 0;  // its sequences; 0: it has prompts in it, and says nothing
  PassOutlook pass_;
};

}  // namespace bantam::engine
