// Who guesses the next tokens of a sequence, for the model to check in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/request.h"

namespace bantam::engine {

// How sure a drafter is of a guess: acceptance is counted for each kind apart.
inline constexpr std::size_t kDraftKinds = 5;

// One sequence that wants a guess.
struct DraftRequest {
  SequenceId sequence = 0;
  std::span<const std::int32_t> tokens;  // all it has so far
  const SamplingOptions* sampling = nullptr;
  std::int64_t count = 0;                      // tokens to guess: 1 or more
  std::vector<std::int32_t>* draft = nullptr;  // empty; receives at most `count` ids
};

// What it guesses decides how fast text comes, never what it is. Owned by the engine's thread;
// kind() and draft() allocate nothing.
class Drafter {
 public:
  virtual ~Drafter() = default;

  // A sequence comes that will have at most `tokens_max` tokens, and goes.
  virtual void begin(SequenceId sequence, std::int64_t tokens_max) = 0;
  virtual void end(SequenceId sequence) = 0;

  // Of the guess that draft() would make now, below kDraftKinds, surest last; none where it has
  // none. `tokens` only grow from call to call.
  virtual std::optional<std::size_t> kind(SequenceId sequence,
                                          std::span<const std::int32_t> tokens) = 0;
  // Share of guesses of a kind that come true, before any was seen.
  virtual double expected_acceptance(std::size_t kind) const = 0;
  // Each request's kind() was asked for with the same tokens before.
  virtual void draft(std::span<const DraftRequest> requests) = 0;
  // What a guessed token takes, as measured so far; 0 where that is next to nothing.
  virtual double seconds_per_token() const = 0;
};

}  // namespace bantam::engine
