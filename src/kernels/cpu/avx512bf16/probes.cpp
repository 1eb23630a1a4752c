#include <immintrin.h>

#include "kernels/cpu/avx512bf16/kernels.h"

namespace bantam::kernels::avx512bf16 {
namespace {

// Enough independent chains to hide the latency of the instruction.
constexpr int kChains = 16;

}  // namespace

double probe_bf16(std::int64_t iterations) {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5F), _mm512_set1_ps(0.5F));
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, a, a);
  }
  __m512 total = sums[0];
  for (const __m512& sum : sums) total = _mm512_add_ps(total, sum);
  float lanes[16];
  _mm512_storeu_ps(lanes, total);
  volatile float sink = lanes[0];
  static_cast<void>(sink);
  return 2.0 * 32 * kChains * static_cast<double>(iterations);
}

}  // namespace bantam::kernels::avx512bf16
