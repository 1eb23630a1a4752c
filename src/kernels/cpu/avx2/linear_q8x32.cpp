// Formats with blocks of 32: 8 rows x 4 tokens for many tokens. Unsigned codes of up to 5 bits
// leave room to add several 16-bit pair sums before they are widened, which halves the instructions
// of the row form.
#include "kernels/cpu/avx2/int8_dot.h"
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/x86/q8x32_rows.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct Kernel {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kRows = 8;
  static constexpr std::int64_t kTileBlocks = kQ8x32TileBlocks;
  static constexpr std::int64_t kTokens = 4;
  using Tile = Q8x32Tile<8>;
  using Activation = ActivationQ8x32;

  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    pack_q8x32<Format>(task, row, first, count, tile);
  }

  // Pair sums that fit into 16 bits together.
  static constexpr int kPairSums = 32767 / (2 * 127 * Format::kLargestCode) >= 8   ? 8
                                   : 32767 / (2 * 127 * Format::kLargestCode) >= 4 ? 4
                                                                                   : 1;

  template <int tokens>
  [[gnu::always_inline]] static inline void products(const Tile& tile, std::int64_t b,
                                                     const Activation* const* activations,
                                                     __m256i (&sums)[tokens]) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int t = 0; t < tokens; ++t) {
      sums[t] = Format::kOffset == 0 ? _mm256_setzero_si256()
                                     : _mm256_set1_epi32(-Format::kOffset * activations[t][b].sum);
    }
    for (int first = 0; first < 8; first += kPairSums) {
      __m256i pairs[tokens];
      for (int t = 0; t < tokens; ++t) pairs[t] = _mm256_setzero_si256();
      for (int c = first; c < first + kPairSums; ++c) {
        const __m256i codes = load_words(tile.codes[b][c]);
        for (int t = 0; t < tokens; ++t) {
          const __m256i word = splat_word(activations[t][b].values + 4 * c);
          pairs[t] = _mm256_add_epi16(pairs[t], Dot::pairs<Format>(codes, word));
          settle(pairs[t]);
        }
      }
      for (int t = 0; t < tokens; ++t) {
        sums[t] = Dot::multiply_add(sums[t], pairs[t], ones);
        settle(sums[t]);
      }
    }
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    __m256 sums[tokens];
    for (int t = 0; t < tokens; ++t) sums[t] = load_sums(outputs, t);
    for (std::int64_t b = 0; b < count; ++b) {
      __m256i integers[tokens];
      products<tokens>(tile, b, activations, integers);
      const __m256 scales = _mm256_load_ps(tile.scales[b]);
      for (int t = 0; t < tokens; ++t) {
        const Activation& block = activations[t][b];
        const __m256 scale = _mm256_set1_ps(block.scale);
        sums[t] =
            _mm256_fmadd_ps(_mm256_mul_ps(scales, scale), _mm256_cvtepi32_ps(integers[t]), sums[t]);
        if constexpr (Format::kHasMinimum) {
          const __m256 minimums = _mm256_mul_ps(_mm256_load_ps(tile.minimums[b]), scale);
          sums[t] =
              _mm256_fmadd_ps(minimums, _mm256_set1_ps(static_cast<float>(block.sum)), sums[t]);
        }
      }
    }
    for (int t = 0; t < tokens; ++t) store_sums(outputs, t, sums[t]);
  }
};

template <typename Format>
void linear(const LinearTask& task) {
  if (task.tokens <= kFewTokens) {
    q8x32_rows<Format>(task);
  } else {
    tiled_linear<Kernel<Format>>(task);
  }
}

}  // namespace

void avx2::linear_q8_0(const LinearTask& task) { linear<Q8_0Format>(task); }
void avx2::linear_q4_0(const LinearTask& task) { linear<Q4_0Format>(task); }
void avx2::linear_q4_1(const LinearTask& task) { linear<Q4_1Format>(task); }
void avx2::linear_q5_0(const LinearTask& task) { linear<Q5_0Format>(task); }
void avx2::linear_q5_1(const LinearTask& task) { linear<Q5_1Format>(task); }
void avx2::linear_iq4_nl(const LinearTask& task) { linear<IQ4_NLFormat>(task); }
void avx2::linear_mxfp4(const LinearTask& task) { linear<MXFP4Format>(task); }

}  // namespace bantam::kernels
