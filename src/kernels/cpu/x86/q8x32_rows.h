// Few tokens against formats with blocks of 32: four rows at a time, two in the halves of
// a register, codes unpacked once for all tokens. Include a level's int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/prefetch.h"
#include "kernels/cpu/vector/row_groups.h"
#include "kernels/cpu/x86/q8x32_formats.h"

namespace bantam::kernels {
namespace {

// Sixteen activations in both halves.
inline __m256i twice(const std::int8_t* values) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
}

// The sums of rows 0 to 3, of which rows 0 and 1 stand in the halves of `first`, 2 and 3 in
// `second`.
inline __m128i sum_row_pairs(__m256i first, __m256i second) {
  const __m256i twos = _mm256_hadd_epi32(first, second);
  const __m256i ones = _mm256_hadd_epi32(twos, twos);
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(ones), _mm256_extracti128_si256(ones, 1));
}

template <typename Format, int kTokens>
void q8x32_four_rows(const LinearTask& task, std::int64_t row, std::int64_t token) {
  using Block = typename Format::Block;
  const RowGroup<Block, 4> group(task, row);
  const SequentialPrefetch prefetch(task, row, 4);
  const ActivationQ8x32* activations[kTokens];
  __m128 sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x32>(task, token + t);
    sums[t] = _mm_setzero_ps();
  }
  constexpr int kOffset = Format::kSigned ? Dot::kSignedOffset : Format::kOffset;
  for (std::int64_t b = 0; b < task.columns / 32; ++b) {
    prefetch.lines<sizeof(Block), 4>(b * static_cast<std::int64_t>(sizeof(Block)));
    CodePair codes[2];
    for (int p = 0; p < 2; ++p) {
      codes[p] = Format::pair(group.rows[2 * p][b], group.rows[2 * p + 1][b]);
      codes[p].low = Dot::prepare<Format>(codes[p].low);
      codes[p].high = Dot::prepare<Format>(codes[p].high);
    }
    const __m128 scales = Format::scales(group.rows, b);
    for (int t = 0; t < kTokens; ++t) {
      const ActivationQ8x32& block = activations[t][b];
      const __m256i low = twice(block.values);
      const __m256i high = twice(block.values + 16);
      const __m256i first = Dot::dot_pair<Format>(codes[0], low, high);
      const __m256i second = Dot::dot_pair<Format>(codes[1], low, high);
      __m128i products = sum_row_pairs(first, second);
      if constexpr (kOffset != 0) {
        products = _mm_sub_epi32(products, _mm_set1_epi32(kOffset * block.sum));
      }
      const __m128 scale = _mm_set1_ps(block.scale);
      sums[t] = _mm_fmadd_ps(_mm_mul_ps(scales, scale), _mm_cvtepi32_ps(products), sums[t]);
      if constexpr (Format::kHasMinimum) {
        const __m128 minimums = _mm_mul_ps(Format::minimums(group.rows, b), scale);
        const __m128 sum = _mm_set1_ps(static_cast<float>(block.sum));
        sums[t] = _mm_fmadd_ps(minimums, sum, sums[t]);
      }
    }
  }
  for (int t = 0; t < kTokens; ++t) store_rows(task, token + t, row, sums[t]);
}

template <typename Format>
void q8x32_rows(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += 4) {
    std::int64_t token = 0;
    for (; token + 2 <= task.tokens; token += 2) q8x32_four_rows<Format, 2>(task, row, token);
    if (token < task.tokens) q8x32_four_rows<Format, 1>(task, row, token);
  }
}

}  // namespace
}  // namespace bantam::kernels
