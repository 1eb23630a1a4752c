// Tiles of formats with blocks of 32: 16 rows x 12 tokens, one VNNI instruction for 64 products.
#pragma once

#include "kernels/cpu/avx512/int8_dot.h"
#include "kernels/cpu/avx512/outputs.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of tiles.h needs besides pack(). Codes of the tile are unsigned: `offset` above the
// format's.
template <int offset, bool has_minimum>
struct Q8x32Multiplier {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kRows = 16;
  static constexpr std::int64_t kTileBlocks = kQ8x32TileBlocks;
  static constexpr std::int64_t kTokens = 12;
  using Tile = Q8x32Tile<16>;
  using Activation = ActivationQ8x32;

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    __m512 sums[tokens];
    for (int t = 0; t < tokens; ++t) sums[t] = load_sums(outputs, t);
    for (std::int64_t b = 0; b < count; ++b) {
      __m512i integers[tokens];
      for (int t = 0; t < tokens; ++t) {
        integers[t] = offset == 0 ? _mm512_setzero_si512()
                                  : _mm512_set1_epi32(-offset * activations[t][b].sum);
      }
#pragma GCC unroll 8
      for (int c = 0; c < 8; ++c) {
        const __m512i codes = load_words(tile.codes[b][c]);
        for (int t = 0; t < tokens; ++t) {
          const __m512i word = splat_word(activations[t][b].values + 4 * c);
          integers[t] = _mm512_dpbusd_epi32(integers[t], codes, word);
        }
      }
      const __m512 scales = _mm512_load_ps(tile.scales[b]);
      for (int t = 0; t < tokens; ++t) {
        const Activation& block = activations[t][b];
        const __m512 scale = _mm512_set1_ps(block.scale);
        sums[t] =
            _mm512_fmadd_ps(_mm512_mul_ps(scales, scale), _mm512_cvtepi32_ps(integers[t]), sums[t]);
        if constexpr (has_minimum) {
          const __m512 minimums = _mm512_mul_ps(_mm512_load_ps(tile.minimums[b]), scale);
          sums[t] =
              _mm512_fmadd_ps(minimums, _mm512_set1_ps(static_cast<float>(block.sum)), sums[t]);
        }
      }
    }
    for (int t = 0; t < tokens; ++t) store_sums(outputs, t, sums[t]);
  }
};

}  // namespace
}  // namespace bantam::kernels
