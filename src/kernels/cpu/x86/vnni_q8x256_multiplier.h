// Tiles of formats with blocks of 256: 16 rows x 8 tokens. A group's products are added by VNNI,
// then multiplied with the group scale in 32 bits.
#pragma once

#include "kernels/cpu/avx512/int8_dot.h"
#include "kernels/cpu/avx512/outputs.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of tiles.h needs besides pack(). Codes of the tile are unsigned: `offset` above the
// format's, whose group minimums then are offset times group scale.
template <int group_size, int offset, bool has_minimum>
struct Q8x256Multiplier {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kRows = 16;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  static constexpr std::int64_t kTokens = 8;
  using Tile = Q8x256Tile<16>;
  using Activation = ActivationQ8x256;

  static constexpr int kGroupWords = group_size / 4;

  static __m512i group_scale(const Tile& tile, std::int64_t b, int group) {
    const int sixteen = group * group_size / 16;
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
      for (int group = 0; group < 256 / group_size; ++group) {
        add_group<tokens>(tile, b, group, activations, integers);
      }
      const __m512 scales = _mm512_load_ps(tile.scales[b]);
      for (int t = 0; t < tokens; ++t) {
        const Activation& block = activations[t][b];
        const __m512 scale = _mm512_set1_ps(block.scale);
        if constexpr (offset != 0) {
          integers[t] = _mm512_sub_epi32(integers[t], minimum_sums(tile, b, block));
        }
        sums[t] =
            _mm512_fmadd_ps(_mm512_mul_ps(scales, scale), _mm512_cvtepi32_ps(integers[t]), sums[t]);
        if constexpr (has_minimum) {
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

}  // namespace
}  // namespace bantam::kernels
