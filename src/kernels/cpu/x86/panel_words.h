// Panels in registers of words, and the codes in one. Include a level's words.h
// and dot product of words first.
#pragma once

#include "kernels/cpu/vector/panel_blocks.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// A panel is so many registers of words across.
constexpr int kPanelSlices = static_cast<int>(kPanelRows / kWordRows);

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

inline Words low_nibbles(Words x) { return and_bytes(x, 15); }
inline Words high_nibbles(Words x) { return and_bytes(right_16<4>(x), 15); }

// Signed codes as the level's dot product wants them.
inline constexpr int kSignedCodesOffset = WordDot::kRaisesSignedCodes ? 128 : 0;
inline Words raise_signed(Words codes) {
  return WordDot::kRaisesSignedCodes ? flip_bytes(codes, -128) : codes;
}

}  // namespace
}  // namespace bantam::kernels
