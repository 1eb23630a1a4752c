// Formats with blocks of 256: 16 rows x 8 tokens for many tokens. A group's products are added by
// VNNI, then multiplied with the group scale in 32 bits.
#include "kernels/cpu/avx512/int8_dot.h"
#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/outputs.h"
#include "kernels/cpu/x86/q8x256_rows.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct Kernel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kRows = 16;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  static constexpr std::int64_t kTokens = 8;
  using Tile = Q8x256Tile<16>;
  using Activation = ActivationQ8x256;

  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    pack_q8x256<Format>(task, row, first, count, tile);
  }

  static constexpr int kGroupWords = Format::kGroup / 4;

  static __m512i group_scale(const Tile& tile, std::int64_t b, int group) {
    const int sixteen = group * Format::kGroup / 16;
    const __m512i pair = load_words(tile.group_scales[b][sixteen / 2]);
    const __m512i even = _mm512_srai_epi32(_mm512_slli_epi32(pair, 16), 16);
    return sixteen % 2 == 0 ? even : _mm512_srai_epi32(pair, 16);
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void add_group(const Tile& tile, std::int64_t b, int group,
                                                      const Activation* const* activations,
                                                      __m512i (&sums)[tokens]) {
    __m512i products[tokens];
    for (int t = 0; t < tokens; ++t) products[t] = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int i = 0; i < kGroupWords; ++i) {
      const int c = group * kGroupWords + i;
      const __m512i codes = load_words(tile.codes[b][c]);
      for (int t = 0; t < tokens; ++t) {
        const __m512i word = splat_word(activations[t][b].values + 4 * c);
        products[t] = _mm512_dpbusd_epi32(products[t], codes, word);
      }
    }
    const __m512i scale = group_scale(tile, b, group);
    for (int t = 0; t < tokens; ++t) {
      sums[t] = _mm512_add_epi32(sums[t], _mm512_mullo_epi32(products[t], scale));
    }
  }

  // Group minimums (or offsets times group scales) times activation sums.
  static __m512i minimum_sums(const Tile& tile, std::int64_t b, const Activation& activation) {
    __m512i sums = _mm512_setzero_si512();
    for (int p = 0; p < 8; ++p) {
      const __m512i minimums = load_words(tile.group_minimums[b][p]);
      sums = _mm512_dpwssd_epi32(sums, minimums, splat_word(activation.sums + 2 * p));
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    __m512 sums[tokens];
    for (int t = 0; t < tokens; ++t) sums[t] = load_sums(outputs, t);
    for (std::int64_t b = 0; b < count; ++b) {
      __m512i integers[tokens];
      for (int t = 0; t < tokens; ++t) integers[t] = _mm512_setzero_si512();
      for (int group = 0; group < 256 / Format::kGroup; ++group) {
        add_group<tokens>(tile, b, group, activations, integers);
      }
      const __m512 scales = _mm512_load_ps(tile.scales[b]);
      for (int t = 0; t < tokens; ++t) {
        const Activation& block = activations[t][b];
        const __m512 scale = _mm512_set1_ps(block.scale);
        if constexpr (kTileOffset<Format> != 0) {
          integers[t] = _mm512_sub_epi32(integers[t], minimum_sums(tile, b, block));
        }
        sums[t] =
            _mm512_fmadd_ps(_mm512_mul_ps(scales, scale), _mm512_cvtepi32_ps(integers[t]), sums[t]);
        if constexpr (Format::kHasMinimum) {
          const __m512 minimum_scales =
              _mm512_mul_ps(_mm512_load_ps(tile.minimum_scales[b]), scale);
          const __m512 minimums = _mm512_cvtepi32_ps(minimum_sums(tile, b, block));
          sums[t] = _mm512_fnmadd_ps(minimum_scales, minimums, sums[t]);
        }
      }
    }
    for (int t = 0; t < tokens; ++t) store_sums(outputs, t, sums[t]);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x256_rows<Format>(task);
  } else {
    tiled_linear<Kernel<Format>>(task);
  }
}

}  // namespace

void BANTAM_AVX512::linear_q2_k(const LinearTask& task) { linear<Q2_KFormat>(task); }
void BANTAM_AVX512::linear_q3_k(const LinearTask& task) { linear<Q3_KFormat>(task); }
void BANTAM_AVX512::linear_q4_k(const LinearTask& task) { linear<Q4_KFormat>(task); }
void BANTAM_AVX512::linear_q5_k(const LinearTask& task) { linear<Q5_KFormat>(task); }
void BANTAM_AVX512::linear_q6_k(const LinearTask& task) { linear<Q6_KFormat>(task); }
void BANTAM_AVX512::linear_iq4_xs(const LinearTask& task) { linear<IQ4_XSFormat>(task); }

}  // namespace bantam::kernels
