#include "kernels/cpu/avx512/intrinsics.h"
#include "kernels/cpu/avx512/kernels.h"

namespace bantam::kernels::BANTAM_AVX512 {
namespace {

// Enough independent chains to hide the latency of every instruction.
constexpr int kChains = 16;

}  // namespace

double probe_f32(std::int64_t iterations) {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_set1_ps(1.0F);
  const __m512 a = _mm512_set1_ps(0.5F);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, a, a);
  }
  __m512 total = sums[0];
  for (const __m512& sum : sums) total = _mm512_add_ps(total, sum);
  float lanes[16];
  _mm512_storeu_ps(lanes, total);
  volatile float sink = lanes[0];
  static_cast<void>(sink);
  return 2.0 * 16 * kChains * static_cast<double>(iterations);
}

double probe_int8(std::int64_t iterations) {
  __m512i sums[kChains];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  const __m512i a = _mm512_set1_epi8(3);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, a, a);
  }
  __m512i total = sums[0];
  for (const __m512i& sum : sums) total = _mm512_add_epi32(total, sum);
  std::int32_t lanes[16];
  _mm512_storeu_si512(lanes, total);
  volatile std::int32_t sink = lanes[0];
  static_cast<void>(sink);
  return 2.0 * 64 * kChains * static_cast<double>(iterations);
}

std::uint64_t probe_read(const std::byte* memory, std::int64_t bytes) {
  __m512i sums[4];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  for (std::int64_t i = 0; i + 256 <= bytes; i += 256) {
    for (int j = 0; j < 4; ++j) {
      _mm_prefetch(reinterpret_cast<const char*>(memory + i + 4096 + 64 * j), _MM_HINT_T0);
      sums[j] = _mm512_add_epi64(sums[j], _mm512_loadu_si512(memory + i + 64 * j));
    }
  }
  std::uint64_t lanes[8];
  _mm512_storeu_si512(lanes, _mm512_add_epi64(_mm512_add_epi64(sums[0], sums[1]),
                                              _mm512_add_epi64(sums[2], sums[3])));
  std::uint64_t total = 0;
  for (const std::uint64_t lane : lanes) total += lane;
  return total;
}

}  // namespace bantam::kernels::BANTAM_AVX512
