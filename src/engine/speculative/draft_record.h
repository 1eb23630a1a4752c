// How guesses about one sequence have fared.
#pragma once

#include <cstdint>
#include <vector>

namespace bantam::engine {

// Of all drafts of one kind (drafter and sureness), with old ones forgotten bit by bit.
struct Acceptance {
  double tried = 0;
  double accepted = 0;
};

// Owned by its sequence. Plain data that draft_length.h keeps.
struct DraftRecord {
  std::vector<std::int32_t> draft;  // guessed for the coming pass
  std::size_t kind = 0;             // of that guess, over all drafters
  std::vector<Acceptance> kinds;
  double saved_seconds = 0;  // by all drafts so far; negative: lost, and forgotten bit by bit
};

}  // namespace bantam::engine
