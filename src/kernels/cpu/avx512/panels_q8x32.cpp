// Formats with blocks of 32, in panels. A few tokens multiply codes in the registers into which
// they are read; more unpack a tile first.
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/panel_words.h"
#include "kernels/cpu/avx512/q8x32_multiplier.h"

namespace bantam::kernels {
namespace {

// A format says, for one block of sixteen rows:
//   codes(words, out): out[c] = codes 4c to 4c + 3 of each row, raised by kOffset to be unsigned
//   scales(words, rests), minimums(words)
// where `words` and `rests` are those of kernels/panels.h.

struct WithScaleApart {
  static constexpr bool kHasMinimum = false;
  static constexpr std::int64_t kRestBytes = 2;
  static __m512 scales(const std::byte*, const std::byte* rests) { return sixteen_halves(rests); }
};

// Scale and minimum are word 0.
struct WithScaleAndMinimum {
  static constexpr bool kHasMinimum = true;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kOffset = 0;
  static __m512 scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
  static __m512 minimums(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 0));
  }
};

inline void nibble_codes(const std::byte* words, __m512i* out) {
  for (int i = 0; i < 4; ++i) {
    const __m512i word = panel_word(words, i);
    out[i] = low_nibbles(word);
    out[i + 4] = high_nibbles(word);
  }
}

// Bits 4c to 4c + 3 of each word as 16 in its four bytes.
template <int c>
__m512i spread_fifth_bits(__m512i bits) {
  const __m512i four = _mm512_and_si512(_mm512_srli_epi32(bits, 4 * c), _mm512_set1_epi32(15));
  return and_bytes(_mm512_mullo_epi32(four, _mm512_set1_epi32(0x02040810)), 16);
}

template <int c = 0>
void add_fifth_bits(__m512i bits, __m512i* codes) {
  if constexpr (c < 8) {
    codes[c] = _mm512_or_si512(codes[c], spread_fifth_bits<c>(bits));
    add_fifth_bits<c + 1>(bits, codes);
  }
}

struct Q8_0Panel : WithScaleApart {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 8;
  static constexpr int kOffset = 128;
  static void codes(const std::byte* words, __m512i* out) {
    for (int i = 0; i < 8; ++i) {
      out[i] = _mm512_xor_si512(panel_word(words, i), _mm512_set1_epi8(-128));
    }
  }
};

struct Q4_0Panel : WithScaleApart {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = 8;
  static void codes(const std::byte* words, __m512i* out) { nibble_codes(words, out); }
};

struct Q4_1Panel : WithScaleAndMinimum {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 5;
  static void codes(const std::byte* words, __m512i* out) { nibble_codes(words + 64, out); }
};

struct Q5_0Panel : WithScaleApart {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 5;
  static constexpr int kOffset = 16;
  static void codes(const std::byte* words, __m512i* out) {
    nibble_codes(words + 64, out);
    add_fifth_bits(panel_word(words, 0), out);
  }
};

struct Q5_1Panel : WithScaleAndMinimum {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 6;
  static void codes(const std::byte* words, __m512i* out) {
    nibble_codes(words + 128, out);
    add_fifth_bits(panel_word(words, 1), out);
  }
};

struct IQ4_NLPanel : WithScaleApart {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = 128;
  static void codes(const std::byte* words, __m512i* out) {
    nibble_codes(words, out);
    for (int i = 0; i < 8; ++i) {
      out[i] = _mm512_xor_si512(look_up(kIq4Levels, out[i]), _mm512_set1_epi8(-128));
    }
  }
};

struct MXFP4Panel {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr std::int64_t kRestBytes = 1;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 12;
  static void codes(const std::byte* words, __m512i* out) {
    nibble_codes(words, out);
    for (int i = 0; i < 8; ++i) {
      out[i] = _mm512_add_epi8(look_up(kE2M1Doubled, out[i]), _mm512_set1_epi8(12));
    }
  }
  // 2^(exponent - 128): below 2^-126 a subnormal float.
  static __m512 scales(const std::byte*, const std::byte* rests) {
    const __m512i exponents = _mm512_cvtepu16_epi32(
        _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(rests))));
    const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(exponents, _mm512_set1_epi32(1)), 23);
    const __m512i subnormal = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), exponents);
    const __mmask16 is_subnormal = _mm512_cmpgt_epi32_mask(_mm512_set1_epi32(2), exponents);
    return _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, is_subnormal, subnormal));
  }
};

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x32* activations[kTokens];
  __m512 sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x32>(task, t);
    sums[t] = _mm512_setzero_ps();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    prefetch_words(words, 0, Panel::kWords);
    __m512i codes[8];
    Panel::codes(words, codes);
    const __m512 scales = Panel::scales(words, blocks.rests(b));
    for (int t = 0; t < kTokens; ++t) {
      const ActivationQ8x32& block = activations[t][b];
      __m512i integers = _mm512_setzero_si512();
      if constexpr (Panel::kOffset != 0) integers = _mm512_set1_epi32(-Panel::kOffset * block.sum);
#pragma GCC unroll 8
      for (int c = 0; c < 8; ++c) {
        integers = _mm512_dpbusd_epi32(integers, codes[c], splat_word(block.values + 4 * c));
      }
      const __m512 scale = _mm512_set1_ps(block.scale);
      sums[t] =
          _mm512_fmadd_ps(_mm512_mul_ps(scales, scale), _mm512_cvtepi32_ps(integers), sums[t]);
      if constexpr (Panel::kHasMinimum) {
        sums[t] = _mm512_fmadd_ps(_mm512_mul_ps(Panel::minimums(words), scale),
                                  _mm512_set1_ps(static_cast<float>(block.sum)), sums[t]);
      }
    }
  }
  const TileOutputs outputs{task.out + row, task.out_stride, task.row_end - row, true};
  for (int t = 0; t < kTokens; ++t) store_sums(outputs, t, sums[t]);
}

template <typename Panel>
struct Kernel : Q8x32Multiplier<Panel::kOffset, Panel::kHasMinimum> {
  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Q8x32Tile<16>& tile) {
    const PanelBlocks<Panel> blocks(task, row);
    for (std::int64_t b = 0; b < count; ++b) {
      const std::byte* words = blocks.words(first + b);
      __m512i codes[8];
      Panel::codes(words, codes);
      for (int c = 0; c < 8; ++c) _mm512_store_si512(tile.codes[b][c], codes[c]);
      _mm512_store_ps(tile.scales[b], Panel::scales(words, blocks.rests(first + b)));
      if constexpr (Panel::kHasMinimum) {
        _mm512_store_ps(tile.minimums[b], Panel::minimums(words));
      }
    }
  }
};

template <typename Panel>
void linear(const LinearTask& task) {
  if (task.tokens > kPanelTokensMax) {
    tiled_linear<Kernel<Panel>>(task);
    return;
  }
  for_each_panel(task, [&](std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, tokens.kValue>(task, row);
  });
}

}  // namespace

void BANTAM_AVX512::panels_q8_0(const LinearTask& task) { linear<Q8_0Panel>(task); }
void BANTAM_AVX512::panels_q4_0(const LinearTask& task) { linear<Q4_0Panel>(task); }
void BANTAM_AVX512::panels_q4_1(const LinearTask& task) { linear<Q4_1Panel>(task); }
void BANTAM_AVX512::panels_q5_0(const LinearTask& task) { linear<Q5_0Panel>(task); }
void BANTAM_AVX512::panels_q5_1(const LinearTask& task) { linear<Q5_1Panel>(task); }
void BANTAM_AVX512::panels_iq4_nl(const LinearTask& task) { linear<IQ4_NLPanel>(task); }
void BANTAM_AVX512::panels_mxfp4(const LinearTask& task) { linear<MXFP4Panel>(task); }

}  // namespace bantam::kernels
