#include <immintrin.h>

#include "kernels/cpu/avx2/kernels.h"

namespace bantam::kernels::avx2 {
namespace {

// Enough independent chains to hide the latency of every instruction.
constexpr int kChains = 12;

}  // namespace

double probe_f32(std::int64_t iterations) {
  __m256 sums[kChains];
  for (__m256& sum : sums) sum = _mm256_set1_ps(1.0F);
  const __m256 a = _mm256_set1_ps(0.5F);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, a, a);
  }
  __m256 total = sums[0];
  for (const __m256& sum : sums) total = _mm256_add_ps(total, sum);
  volatile float sink = _mm256_cvtss_f32(total);
  static_cast<void>(sink);
  return 2.0 * 8 * kChains * static_cast<double>(iterations);
}

// Pairs of products, added up in 16 bits: what kernels of small codes do most.
double probe_int8(std::int64_t iterations) {
  __m256i sums[kChains];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi8(3);
  for (std::int64_t i = 0; i < iterations; ++i) {
    asm volatile("" : "+x"(a));  // a new value each time, as far as the compiler knows
    for (__m256i& sum : sums) sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(a, sum));
  }
  __m256i total = sums[0];
  for (const __m256i& sum : sums) total = _mm256_add_epi32(total, sum);
  volatile int sink = _mm256_extract_epi32(total, 0);
  static_cast<void>(sink);
  return 2.0 * 32 * kChains * static_cast<double>(iterations);
}

std::uint64_t probe_read(const std::byte* memory, std::int64_t bytes) {
  __m256i sums[4];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  for (std::int64_t i = 0; i + 128 <= bytes; i += 128) {
    _mm_prefetch(reinterpret_cast<const char*>(memory + i + 2048), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(memory + i + 2112), _MM_HINT_T0);
    for (int j = 0; j < 4; ++j) {
      const auto* place = reinterpret_cast<const __m256i*>(memory + i + 32 * j);
      sums[j] = _mm256_add_epi64(sums[j], _mm256_loadu_si256(place));
    }
  }
  const __m256i total =
      _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3]));
  return static_cast<std::uint64_t>(
      _mm256_extract_epi64(total, 0) + _mm256_extract_epi64(total, 1) +
      _mm256_extract_epi64(total, 2) + _mm256_extract_epi64(total, 3));
}

}  // namespace bantam::kernels::avx2
