// Weights in panels that a kernel unpacks next, brought nearer while it multiplies those it has
// unpacked, which takes far longer than the reading.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel_table.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// A kernel unpacks some columns of some panels, then their next columns, then the next panels. Of
// rows in a file's order it asks in vain, which costs next to nothing.
class ComingWeights {
 public:
  // What follows `columns` columns from `first` on of `panels` panels from `row` on.
  ComingWeights(const LinearTask& task, std::int64_t row, std::int64_t panels, std::int64_t first,
                std::int64_t columns)
      : tokens_(task.tokens), panel_bytes_(kPanelRows * task.row_bytes) {
    first += columns;
    if (first >= task.columns) {
      first = 0;
      row += panels * kPanelRows;
    }
    const std::int64_t left = task.columns - first;
    panels_ = (task.row_end - row + kPanelRows - 1) / kPanelRows;
    begin_ = task.weights + row * task.row_bytes + panel_bytes_ * first / task.columns;
    bytes_ = panel_bytes_ * (left < columns ? left : columns) / task.columns;
  }

  // Asks for the share of the panel that falls to `count` tokens: all tokens ask for all.
  [[gnu::always_inline]] void ask(std::int64_t panel, std::int64_t token,
                                  std::int64_t count) const {
    if (panel >= panels_) return;
    const std::byte* const p = begin_ + panel * panel_bytes_;
    const std::int64_t end = bytes_ * (token + count) / tokens_;
    for (std::int64_t i = bytes_ * token / tokens_ & -64; i < (end & -64); i += 64) {
      __builtin_prefetch(p + i, 0, 2);
    }
  }

 private:
  std::int64_t tokens_, panel_bytes_;
  std::int64_t panels_;     // that there are from the first coming one on
  const std::byte* begin_;  // of the first one's share
  std::int64_t bytes_;      // of that share
};

}  // namespace
}  // namespace bantam::kernels
