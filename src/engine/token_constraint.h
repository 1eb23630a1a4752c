// Which tokens a text may go on with: what a grammar tells the engine.
#pragma once

#include <cstdint>
#include <span>

namespace bantam::engine {

// One text's constraint, asked and told token by token in the order of the text, each token once:
// neither guesses of speculation nor tokens that are computed again reach it. Called by the
// engine's thread alone, and by no two sequences. Throws nothing: one that cannot go on allows no
// token, which ends the sequence with FinishReason::NoTokenAllowed.
class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;

  // A bit for each token that may come next: id is bit id % 64 of word id / 64. Ids beyond the last
  // word may not come; no words at all: every token may. Stop ids are tokens like any other: their
  // bits are set where the text may end. Valid until the next call.
  virtual std::span<const std::uint64_t> allowed() = 0;

  // The text goes on with `token`, which allowed() had; also with one that ends it.
  virtual void accept(std::int32_t token) = 0;
};

}  // namespace bantam::engine
