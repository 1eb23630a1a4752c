// What the panels of all integer formats share: words of sixteen rows, and the codes in them.
#pragma once

#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/row_groups.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

// Up to so many tokens a panel is multiplied as it is read; for more it is unpacked once.
constexpr std::int64_t kPanelTokensMax = 4;

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

// Word `index` of sixteen rows.
inline __m512i panel_word(const std::byte* words, std::int64_t index) {
  return _mm512_loadu_si512(words + index * 64);
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

// Calls visit(row, TokenCount<tokens>) for each panel of a task with up to kPanelTokensMax tokens.
template <typename Visit>
void for_each_panel(const LinearTask& task, const Visit& visit) {
  static_assert(kPanelTokensMax == 4);
  for (std::int64_t row = task.row_begin; row < task.row_end; row += kPanelRows) {
    switch (task.tokens) {
      case 1:
        visit(row, TokenCount<1>());
        break;
      case 2:
        visit(row, TokenCount<2>());
        break;
      case 3:
        visit(row, TokenCount<3>());
        break;
      default:
        visit(row, TokenCount<4>());
        break;
    }
  }
}

inline __m512i and_bytes(__m512i x, char mask) {
  return _mm512_and_si512(x, _mm512_set1_epi8(mask));
}
inline __m512i low_nibbles(__m512i x) { return and_bytes(x, 15); }
inline __m512i high_nibbles(__m512i x) { return and_bytes(_mm512_srli_epi16(x, 4), 15); }

inline __m512i look_up(const std::int8_t* table, __m512i indices) {
  const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(sixteen), indices);
}

inline __m512 sixteen_halves(const std::byte* halves) {
  return load_half(reinterpret_cast<const std::uint16_t*>(halves)).all;
}
// The halves in the low and in the high 16 bits of sixteen words.
inline __m512 halves_of_low_words(__m512i words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}
inline __m512 halves_of_high_words(__m512i words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(words, 16)));
}

}  // namespace
}  // namespace bantam::kernels
