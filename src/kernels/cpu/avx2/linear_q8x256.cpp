// Formats with blocks of 256: 8 rows x 4 tokens for many tokens. Pair sums are added in 16 bits as
// far as the code's size allows, then multiplied with the group scale while they are widened.
#include "kernels/cpu/avx2/int8_dot.h"
#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/x86/q8x256_rows.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

template <typename Format>
struct Kernel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kRows = 8;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  static constexpr std::int64_t kTokens = 4;
  using Tile = Q8x256Tile<8>;
  using Activation = ActivationQ8x256;

  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    pack_q8x256<Format>(task, row, first, count, tile);
  }

  // Columns / 4 of one group, and how many of their pair sums fit into 16 bits together.
  static constexpr int kGroupWords = Format::kGroup / 4;
  static constexpr int kFitting = 32767 / (2 * 127 * Format::kLargestCode);
  static constexpr int kPairSums = kFitting >= kGroupWords ? kGroupWords
                                   : kFitting >= 4         ? 4
                                   : kFitting >= 2         ? 2
                                                           : 1;

  // The scale of one group in both halves of every word.
  static __m256i group_scale(const Tile& tile, std::int64_t b, int group) {
    const int sixteen = group * Format::kGroup / 16;
    const __m256i pair = load_words(tile.group_scales[b][sixteen / 2]);
    if constexpr (Format::kGroup == 32) return pair;
    return sixteen % 2 == 0 ? _mm256_blend_epi16(pair, _mm256_slli_epi32(pair, 16), 0xaa)
                            : _mm256_blend_epi16(_mm256_srli_epi32(pair, 16), pair, 0xaa);
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void add_group(const Tile& tile, std::int64_t b, int group,
                                                      const Activation* const* activations,
                                                      __m256i (&sums)[tokens]) {
    const __m256i scale = group_scale(tile, b, group);
    const int begin = group * kGroupWords;
    for (int first = begin; first < begin + kGroupWords; first += kPairSums) {
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
        sums[t] = Dot::multiply_add(sums[t], pairs[t], scale);
        settle(sums[t]);
      }
    }
  }

  // Group minimums (or offsets times group scales) times activation sums.
  static __m256i minimum_sums(const Tile& tile, std::int64_t b, const Activation& activation) {
    __m256i sums = _mm256_setzero_si256();
    for (int p = 0; p < 8; ++p) {
      const __m256i minimums = load_words(tile.group_minimums[b][p]);
      sums = Dot::multiply_add(sums, minimums, splat_word(activation.sums + 2 * p));
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    __m256 sums[tokens];
    for (int t = 0; t < tokens; ++t) sums[t] = load_sums(outputs, t);
    for (std::int64_t b = 0; b < count; ++b) {
      __m256i integers[tokens];
      for (int t = 0; t < tokens; ++t) integers[t] = _mm256_setzero_si256();
      for (int group = 0; group < 256 / Format::kGroup; ++group) {
        add_group<tokens>(tile, b, group, activations, integers);
      }
      const __m256 scales = _mm256_load_ps(tile.scales[b]);
      for (int t = 0; t < tokens; ++t) {
        const Activation& block = activations[t][b];
        const __m256 scale = _mm256_set1_ps(block.scale);
        if constexpr (kTileOffset<Format> != 0) {
          integers[t] = _mm256_sub_epi32(integers[t], minimum_sums(tile, b, block));
        }
        sums[t] =
            _mm256_fmadd_ps(_mm256_mul_ps(scales, scale), _mm256_cvtepi32_ps(integers[t]), sums[t]);
        if constexpr (Format::kHasMinimum) {
          const __m256 minimum_scales =
              _mm256_mul_ps(_mm256_load_ps(tile.minimum_scales[b]), scale);
          const __m256 minimums = _mm256_cvtepi32_ps(minimum_sums(tile, b, block));
          sums[t] = _mm256_fnmadd_ps(minimum_scales, minimums, sums[t]);
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

void avx2::linear_q2_k(const LinearTask& task) { linear<Q2_KFormat>(task); }
void avx2::linear_q3_k(const LinearTask& task) { linear<Q3_KFormat>(task); }
void avx2::linear_q4_k(const LinearTask& task) { linear<Q4_KFormat>(task); }
void avx2::linear_q5_k(const LinearTask& task) { linear<Q5_KFormat>(task); }
void avx2::linear_q6_k(const LinearTask& task) { linear<Q6_KFormat>(task); }
void avx2::linear_iq4_xs(const LinearTask& task) { linear<IQ4_XSFormat>(task); }

}  // namespace bantam::kernels
