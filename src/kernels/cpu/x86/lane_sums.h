// Sums of lanes in the order of docs/numerics.md: fold sixteen to eight, then neighbours, then
// halves. Include a level's lanes.h first.
#pragma once

namespace bantam::kernels {
namespace {

// Sums of four Lanes.
inline __m128 sum_four(Lanes a, Lanes b, Lanes c, Lanes d) {
  const __m256 ab = _mm256_hadd_ps(fold(a), fold(b));
  const __m256 cd = _mm256_hadd_ps(fold(c), fold(d));
  const __m256 both = _mm256_hadd_ps(ab, cd);
  return _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
}

inline float sum_lanes(Lanes x) { return _mm_cvtss_f32(sum_four(x, x, x, x)); }

}  // namespace
}  // namespace bantam::kernels
