// The walk over matrices in panels (kernels/panels.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel_table.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Up to so many tokens a panel is multiplied as it is read, some at a time, of which the first
// fetch it into the cache; for more it is unpacked once.
constexpr std::int64_t kPanelTokensMax = 16;

// How far ahead of its reads a kernel asks for memory: beyond the end of a page, where the
// processor's own reading ahead stops.
constexpr std::int64_t kPanelAheadBytes = 4096;

// Where the blocks of a panel stand.
template <typename Panel>
class PanelBlocks {
 public:
  PanelBlocks(const LinearTask& task, std::int64_t row)
      : panel_(task.weights + row * task.row_bytes), count_(task.columns / Panel::kBlockSize) {}

  std::int64_t count() const { return count_; }
  const std::byte* words(std::int64_t b) const {
    const std::int64_t first = b / kGroup * kGroup;
    const std::int64_t in_group = count_ - first < kGroup ? count_ - first : kGroup;
    return panel_ + first * kBytes + in_group * kRests + (b - first) * (kBytes - kRests);
  }
  const std::byte* rests(std::int64_t b) const {
    const std::int64_t first = b / kGroup * kGroup;
    return panel_ + first * kBytes + (b - first) * kRests;
  }

 private:
  static constexpr std::int64_t kRests = Panel::kRestBytes * kPanelRows;
  static constexpr std::int64_t kBytes = kRests + Panel::kWords * 64;
  static constexpr std::int64_t kGroup = kRests == 0 ? 1 : 64 / kRests;

  const std::byte* panel_;
  std::int64_t count_;
};

template <int count>
struct TokenCount {
  static constexpr int kValue = count;
};

// Calls visit(part, row, TokenCount<tokens>) for each panel of a task and each part of its tokens,
// up to four.
template <typename Visit>
void for_each_panel(const LinearTask& task, const Visit& visit) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelRows) {
    LinearTask part = task;
    for (std::int64_t left = task.tokens; left > 0; left -= part.tokens) {
      part.tokens = left < 4 ? left : 4;
      switch (part.tokens) {
        case 1:
          visit(part, row, TokenCount<1>());
          break;
        case 2:
          visit(part, row, TokenCount<2>());
          break;
        case 3:
          visit(part, row, TokenCount<3>());
          break;
        default:
          visit(part, row, TokenCount<4>());
          break;
      }
      part.activations += part.tokens * task.activation_bytes;
      part.out += part.tokens * task.out_stride;
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
