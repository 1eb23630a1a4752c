// Sixteen rows side by side.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace bantam::kernels {
namespace {

inline __m256 low_pairs(__m256 a, __m256 b) {
  return _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}
inline __m256 high_pairs(__m256 a, __m256 b) {
  return _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
}

// to[j * to_stride + i] = from[i * from_stride + j] for i, j < 8.
inline void transpose_eight(const float* from, std::int64_t from_stride, float* to,
                            std::int64_t to_stride) {
  __m256
      quads[8];  // columns 0 and 1, then 2 and 3, of four rows; in each half its own four columns
  for (int four = 0; four < 2; ++four) {
    __m256 rows[4];
    for (int i = 0; i < 4; ++i) rows[i] = _mm256_loadu_ps(from + (4 * four + i) * from_stride);
    const __m256 a = _mm256_unpacklo_ps(rows[0], rows[1]);
    const __m256 b = _mm256_unpackhi_ps(rows[0], rows[1]);
    const __m256 c = _mm256_unpacklo_ps(rows[2], rows[3]);
    const __m256 d = _mm256_unpackhi_ps(rows[2], rows[3]);
    quads[4 * four] = low_pairs(a, c);
    quads[4 * four + 1] = high_pairs(a, c);
    quads[4 * four + 2] = low_pairs(b, d);
    quads[4 * four + 3] = high_pairs(b, d);
  }
  for (int j = 0; j < 4; ++j) {
    _mm256_storeu_ps(to + j * to_stride, _mm256_permute2f128_ps(quads[j], quads[4 + j], 0x20));
    _mm256_storeu_ps(to + (4 + j) * to_stride,
                     _mm256_permute2f128_ps(quads[j], quads[4 + j], 0x31));
  }
}

// The same for i, j < 16.
inline void transpose_sixteen(const float* from, std::int64_t from_stride, float* to,
                              std::int64_t to_stride) {
  for (int i = 0; i < 16; i += 8) {
    for (int j = 0; j < 16; j += 8) {
      transpose_eight(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
