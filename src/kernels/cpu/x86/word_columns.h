// Rows of 32-bit words in AVX2 registers: their sums and their columns.
#pragma once

#include <immintrin.h>

namespace bantam::kernels {
namespace {

// The sums of four vectors of eight integers.
[[maybe_unused]] inline __m128i sum_four(const __m256i* vectors) {
  const __m256i first = _mm256_hadd_epi32(vectors[0], vectors[1]);
  const __m256i second = _mm256_hadd_epi32(vectors[2], vectors[3]);
  const __m256i both = _mm256_hadd_epi32(first, second);
  return _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
}

// Eight rows of eight 32-bit words to eight columns: out[c] holds word c of rows 0 to 7.
[[maybe_unused]] inline void transpose_words(const __m256i* rows, __m256i* out) {
  __m256i pairs[8];
  for (int i = 0; i < 4; ++i) {
    pairs[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  __m256i fours[8];
  for (int i = 0; i < 2; ++i) {
    const __m256i* p = pairs + 4 * i;
    fours[4 * i] = _mm256_unpacklo_epi64(p[0], p[2]);
    fours[4 * i + 1] = _mm256_unpackhi_epi64(p[0], p[2]);
    fours[4 * i + 2] = _mm256_unpacklo_epi64(p[1], p[3]);
    fours[4 * i + 3] = _mm256_unpackhi_epi64(p[1], p[3]);
  }
  for (int i = 0; i < 4; ++i) {
    out[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
    out[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
  }
}

}  // namespace
}  // namespace bantam::kernels
