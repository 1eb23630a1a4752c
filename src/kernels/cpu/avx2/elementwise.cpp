#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/lanes.h"
#include "kernels/cpu/vector/lanes_elementwise.h"

namespace bantam::kernels::avx2 {

// Four pairs at a time: x * (c0 c0 c1 c1 ..) with the swapped pairs * (s0 s0 s1 s1 ..) taken off
// and added.
void rope_pairs(float* x, const float* cosines, const float* sines, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128 four_cosines = _mm_loadu_ps(cosines + i / 2);
    const __m128 four_sines = _mm_loadu_ps(sines + i / 2);
    const __m256 cosine = _mm256_set_m128(_mm_unpackhi_ps(four_cosines, four_cosines),
                                          _mm_unpacklo_ps(four_cosines, four_cosines));
    const __m256 sine = _mm256_set_m128(_mm_unpackhi_ps(four_sines, four_sines),
                                        _mm_unpacklo_ps(four_sines, four_sines));
    const __m256 pairs = _mm256_loadu_ps(x + i);
    const __m256 swapped = _mm256_permute_ps(pairs, 0xb1);
    const __m256 turned =
        _mm256_addsub_ps(_mm256_mul_ps(pairs, cosine), _mm256_mul_ps(swapped, sine));
    _mm256_storeu_ps(x + i, turned);
  }
  for (; i + 2 <= count; i += 2) {
    const float first = x[i];
    const float second = x[i + 1];
    x[i] = first * cosines[i / 2] - second * sines[i / 2];
    x[i + 1] = first * sines[i / 2] + second * cosines[i / 2];
  }
}

void rope_halves(float* x, const float* cosines, const float* sines, std::int64_t count) {
  lanes_rope_halves(x, cosines, sines, count);
}

void softcap(const float* x, float cap, std::int64_t count, float* out) {
  lanes_softcap(x, cap, count, out);
}

void scale(const float* x, float factor, std::int64_t count, float* out) {
  lanes_scale(x, factor, count, out);
}

void add(const float* a, const float* b, std::int64_t count, float* out) {
  lanes_add(a, b, count, out);
}

void add_scaled(const float* a, const float* b, float factor, std::int64_t count, float* out) {
  lanes_add_scaled(a, b, factor, count, out);
}

void multiply(const float* a, const float* b, std::int64_t count, float* out) {
  lanes_multiply(a, b, count, out);
}

}  // namespace bantam::kernels::avx2
