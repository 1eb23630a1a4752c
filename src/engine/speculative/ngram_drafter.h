// Guesses that a sequence goes on as it did the last time: prompt lookup.
#pragma once

#include "engine/speculative/drafter.h"
#include "engine/speculative/ngram_index.h"

namespace bantam::engine {

// Copies what followed the latest occurrence of the longest n-gram that ends the sequence. Where
// there is none, a copy that has just come to an end goes on as if one token had been replaced by
// another, as in a text that is being edited. Source: prompt lookup decoding (Saxena 2023), LLMA
// (arXiv 2304.04487).
class NgramDrafter final : public Drafter {
 public:
  explicit NgramDrafter(std::int64_t sequences_max);

  void begin(SequenceId sequence, std::int64_t tokens_max) override;
  void end(SequenceId sequence) override;
  std::optional<std::size_t> kind(SequenceId sequence,
                                  std::span<const std::int32_t> tokens) override;
  double expected_acceptance(std::size_t kind) const override;
  void draft(std::span<const DraftRequest> requests) override;
  double seconds_per_token() const override { return 0; }

 private:
  struct State {
    SequenceId sequence;
    NgramIndex index;
    std::size_t next = 0;     // where the guess begins; 0: nowhere
    std::size_t seen = 0;     // tokens at the last look
    std::size_t strayed = 0;  // tokens since the last n-gram that was found
  };
  State& state(SequenceId sequence);

  std::vector<State> states_;
};

}  // namespace bantam::engine
