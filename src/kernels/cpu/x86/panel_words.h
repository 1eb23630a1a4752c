// The walk over matrices in panels, and the codes in the words of one. Include a level's words.h
// and dot product of words first.
#pragma once

#include "kernels/cpu/vector/row_groups.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Up to so many tokens a panel is multiplied as it is read, some at a time, of which the first
// fetch it into the cache; for more it is unpacked once.
constexpr std::int64_t kPanelTokensMax = 16;

// How far ahead of its reads a kernel asks for memory: beyond the end of a page, where the
// processor's own reading ahead stops.
constexpr std::int64_t kPanelAheadBytes = 4096;

// A panel is so many registers of words across.
constexpr int kPanelSlices = static_cast<int>(kPanelRows / kWordRows);

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

// What of a block belongs to the rows of slice s.
inline const std::byte* slice_of_words(const std::byte* words, int s) {
  return words + s * kWordRows * 4;
}
template <typename Panel>
const std::byte* slice_of_rests(const std::byte* rests, int s) {
  return rests + s * kWordRows * Panel::kRestBytes;
}

// Always inlined: gcc takes a call that only prefetches for one without effect and leaves it out.
[[gnu::always_inline]] inline void prefetch_words(const std::byte* words, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    _mm_prefetch(reinterpret_cast<const char*>(words) + i * 64 + kPanelAheadBytes, _MM_HINT_T0);
  }
}

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

inline Words low_nibbles(Words x) { return and_bytes(x, 15); }
inline Words high_nibbles(Words x) { return and_bytes(right_16<4>(x), 15); }

// Signed codes as the level's dot product wants them.
inline constexpr int kSignedCodesOffset = WordDot::kRaisesSignedCodes ? 128 : 0;
inline Words raise_signed(Words codes) {
  return WordDot::kRaisesSignedCodes ? flip_bytes(codes, -128) : codes;
}

}  // namespace
}  // namespace bantam::kernels
