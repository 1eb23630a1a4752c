// Which tokens of a guess the model itself would have chosen.
#pragma once

#include <cstdint>
#include <span>

#include "base/function_ref.h"

namespace bantam::engine {

// The model's own choice for one position, and whether the sequence goes on after it.
struct ChosenToken {
  std::int32_t token = 0;
  bool goes_on = true;
};

// Lets `choose` commit the model's own token for row 0, 1, … of a pass over the last token and
// `draft`, and stops where that token is not the drafted one: the rows after it saw another text.
// Returns how many drafted tokens were chosen. Every token is the model's own choice, so the guess
// leaves no trace in the text, whatever the temperature.
inline std::int64_t verify(std::span<const std::int32_t> draft,
                           FunctionRef<ChosenToken(std::int64_t row)> choose) {
  for (std::size_t row = 0;; ++row) {
    const ChosenToken chosen = choose(static_cast<std::int64_t>(row));
    if (row == draft.size() || chosen.token != draft[row]) return static_cast<std::int64_t>(row);
    if (!chosen.goes_on) return static_cast<std::int64_t>(row) + 1;
  }
}

}  // namespace bantam::engine
