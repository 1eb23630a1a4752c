// Sums of the sixteen lanes of docs/numerics.md, which a level has folded to eight: neighbours,
// then halves.
#pragma once

#include <immintrin.h>

namespace bantam::kernels {
namespace {

inline __m128 sum_folded(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 both = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
}

inline float square_root(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

}  // namespace
}  // namespace bantam::kernels
