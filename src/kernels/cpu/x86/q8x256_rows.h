// Few tokens against formats with blocks of 256: four rows at a time, codes unpacked once for all
// tokens. Include a level's int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/prefetch.h"
#include "kernels/cpu/vector/row_groups.h"
#include "kernels/cpu/x86/q8x256_formats.h"
#include "kernels/cpu/x86/word_columns.h"

namespace bantam::kernels {
namespace {

// Vector g of the result: scale 2g in the low half, scale 2g + 1 in the high half.
inline void spread_scales(__m256i scales, __m256i* spread) {
  const __m256i low = _mm256_permute2x128_si256(scales, scales, 0x00);
  const __m256i high = _mm256_permute2x128_si256(scales, scales, 0x11);
  for (int g = 0; g < 4; ++g) {
    const auto even = static_cast<short>(0x0100 + 0x0404 * g);
    const auto odd = static_cast<short>(0x0302 + 0x0404 * g);
    const __m256i pick = _mm256_inserti128_si256(_mm256_set1_epi16(even), _mm_set1_epi16(odd), 1);
    spread[g] = _mm256_shuffle_epi8(low, pick);
    spread[g + 4] = _mm256_shuffle_epi8(high, pick);
  }
}

inline __m256i load_integers(const std::int8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

// One block of one row with kTokens activations: eight partial sums of group scale times product,
// and of group minimum times activation sum.
template <typename Format, int kTokens>
[[gnu::always_inline]] inline void q8x256_block(const typename Format::Block& block,
                                                const ActivationQ8x256* const* activations,
                                                __m256i* products, __m256i* minimums) {
  __m256i codes[8];
  Format::codes(block, codes);
  const __m256i scales = Format::scales(block);
  __m256i spread[8];
  spread_scales(scales, spread);
  for (int t = 0; t < kTokens; ++t) {
    __m256i sums = _mm256_setzero_si256();
    for (int g = 0; g < 8; ++g) {
      const __m256i pairs =
          Dot::pairs<Format>(codes[g], load_integers(activations[t]->values + 32 * g));
      sums = Dot::multiply_add(sums, pairs, spread[g]);
    }
    const __m256i activation_sums =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(activations[t]->sums));
    if constexpr (Format::kHasMinimum) {
      minimums[t] = _mm256_madd_epi16(Format::minimums(block), activation_sums);
    } else if constexpr (Format::kOffset != 0) {
      const __m256i lifted = _mm256_mullo_epi16(scales, _mm256_set1_epi16(-Format::kOffset));
      sums = Dot::multiply_add(sums, lifted, activation_sums);
    }
    products[t] = sums;
  }
}

template <typename Format, int kTokens>
void q8x256_four_rows(const LinearTask& task, std::int64_t row, std::int64_t token) {
  using Block = typename Format::Block;
  const RowGroup<Block, 4> group(task, row);
  const SequentialPrefetch prefetch(task, row, 4);
  const ActivationQ8x256* activations[kTokens];
  __m128 sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x256>(task, token + t);
    sums[t] = _mm_setzero_ps();
  }
  for (std::int64_t b = 0; b < task.columns / 256; ++b) {
    prefetch.lines<sizeof(Block), 4>(b * static_cast<std::int64_t>(sizeof(Block)));
    __m256i products[kTokens][4];
    __m256i minimums[kTokens][4];
    for (int r = 0; r < 4; ++r) {
      __m256i row_products[kTokens];
      __m256i row_minimums[kTokens];
      q8x256_block<Format, kTokens>(group.rows[r][b], activations, row_products, row_minimums);
      for (int t = 0; t < kTokens; ++t) {
        products[t][r] = row_products[t];
        if constexpr (Format::kHasMinimum) minimums[t][r] = row_minimums[t];
      }
    }
    const __m128 scales = four_scales(group.rows, b);
    for (int t = 0; t < kTokens; ++t) {
      const __m128 scale = _mm_set1_ps(activations[t]->scale);
      sums[t] =
          _mm_fmadd_ps(_mm_mul_ps(scales, scale), _mm_cvtepi32_ps(sum_four(products[t])), sums[t]);
      if constexpr (Format::kHasMinimum) {
        const __m128 minimum_scales = _mm_mul_ps(four_minimum_scales(group.rows, b), scale);
        sums[t] = _mm_fnmadd_ps(minimum_scales, _mm_cvtepi32_ps(sum_four(minimums[t])), sums[t]);
      }
      ++activations[t];
    }
  }
  for (int t = 0; t < kTokens; ++t) store_rows(task, token + t, row, sums[t]);
}

template <typename Format>
void q8x256_rows(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += 4) {
    std::int64_t token = 0;
    for (; token + 2 <= task.tokens; token += 2) q8x256_four_rows<Format, 2>(task, row, token);
    if (token < task.tokens) q8x256_four_rows<Format, 1>(task, row, token);
  }
}

}  // namespace
}  // namespace bantam::kernels
