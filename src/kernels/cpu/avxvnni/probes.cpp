#include "kernels/cpu/avxvnni/kernels.h"

namespace bantam::kernels {

double BANTAM_AVXVNNI::probe_int8(std::int64_t iterations) {
  constexpr int kChains = 12;  // enough to hide the latency
  __m256i sums[kChains];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  const __m256i a = _mm256_set1_epi8(3);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (__m256i& sum : sums) sum = _mm256_dpbusd_avx_epi32(sum, a, a);
  }
  __m256i total = sums[0];
  for (const __m256i& sum : sums) total = _mm256_add_epi32(total, sum);
  volatile int sink = _mm256_extract_epi32(total, 0);
  static_cast<void>(sink);
  return 2.0 * 32 * kChains * static_cast<double>(iterations);
}

}  // namespace bantam::kernels
