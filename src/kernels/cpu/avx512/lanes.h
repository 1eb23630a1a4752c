// Sixteen floats in one AVX-512 register: the lanes of every float sum (docs/numerics.md).
#pragma once

#include "kernels/cpu/avx512/intrinsics.h"

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/x86/lane_sums.h"
#include "kernels/cpu/x86/transpose.h"

namespace bantam::kernels {
namespace {

struct Lanes {
  __m512 all;
};

// Register tile of a float product, Lanes of rows by tokens: 4 x 6 of the 32 registers are sums.
inline constexpr int kTileVectors = 4;
inline constexpr int kTileTokens = 6;
// Tokens whose two sums each fit into registers beside a panel's words.
inline constexpr int kPanelTokens = 8;

inline Lanes zero_lanes() { return {_mm512_setzero_ps()}; }
inline Lanes splat(float x) { return {_mm512_set1_ps(x)}; }
inline Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void store(float* p, Lanes x) { _mm512_storeu_ps(p, x.all); }

// The first `count` of sixteen lanes as a mask.
inline __mmask16 lane_mask(std::int64_t count) {
  const int limit = count < 0 ? 0 : count > 16 ? 16 : static_cast<int>(count);
  return static_cast<__mmask16>((1u << limit) - 1u);
}
// The first `count` floats, zeros after them; nothing beyond is touched.
inline Lanes load_part(const float* p, std::int64_t count) {
  return {_mm512_maskz_loadu_ps(lane_mask(count), p)};
}
inline void store_part(float* p, Lanes x, std::int64_t count) {
  _mm512_mask_storeu_ps(p, lane_mask(count), x.all);
}

inline Lanes load_half(const std::uint16_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline Lanes load_bfloat16(const std::uint16_t* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16))};
}

// The second and the first of two 16-bit floats in each lane.
inline Lanes odd_bfloat16(Lanes pairs) {
  return {_mm512_castsi512_ps(
      _mm512_and_si512(_mm512_castps_si512(pairs.all), _mm512_set1_epi32(-65536)))};
}
inline Lanes even_bfloat16(Lanes pairs) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(pairs.all), 16))};
}

inline Lanes operator+(Lanes a, Lanes b) { return {_mm512_add_ps(a.all, b.all)}; }
inline Lanes operator-(Lanes a, Lanes b) { return {_mm512_sub_ps(a.all, b.all)}; }
inline Lanes operator*(Lanes a, Lanes b) { return {_mm512_mul_ps(a.all, b.all)}; }
inline Lanes operator/(Lanes a, Lanes b) { return {_mm512_div_ps(a.all, b.all)}; }
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return {_mm512_fmadd_ps(a.all, b.all, c.all)}; }
// Sixteen columns of a register tile.
template <int kRows, int kTokens>
[[gnu::always_inline]] inline void add_products(const std::byte* const* rows,
                                                const float* const* tokens, std::int64_t i,
                                                Lanes (&sums)[kTokens][kRows]) {
  Lanes weight[kRows];
  for (int r = 0; r < kRows; ++r) weight[r] = load(reinterpret_cast<const float*>(rows[r]) + i);
  for (int t = 0; t < kTokens; ++t) {
    const Lanes activation = load(tokens[t] + i);
    for (int r = 0; r < kRows; ++r) sums[t][r] = fma(weight[r], activation, sums[t][r]);
  }
}
// a > b ? a : b, so b where either is NaN.
inline Lanes larger(Lanes a, Lanes b) { return {_mm512_max_ps(a.all, b.all)}; }
inline Lanes smaller(Lanes a, Lanes b) { return {_mm512_min_ps(a.all, b.all)}; }
// x where begin <= lane < end, else `other`.
inline Lanes keep_range(Lanes x, Lanes other, std::int64_t begin, std::int64_t end) {
  const auto inside = static_cast<__mmask16>(lane_mask(end) & ~lane_mask(begin));
  return {_mm512_mask_mov_ps(other.all, inside, x.all)};
}

// 2^(n >> 1) and 2^(n - (n >> 1)) for the integer n in the low bits of x over kExpRounder.
struct PowerOfTwo {
  Lanes first, second;
};
inline Lanes power_of_two(__m512i n) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(n, _mm512_set1_epi32(127)), 23))};
}
inline PowerOfTwo powers_of_two(Lanes x, Lanes rounder) {
  const __m512i n = _mm512_sub_epi32(_mm512_castps_si512(x.all), _mm512_castps_si512(rounder.all));
  const __m512i half = _mm512_srai_epi32(n, 1);
  return {power_of_two(half), power_of_two(_mm512_sub_epi32(n, half))};
}

inline __m256 fold(Lanes x) {
  return _mm256_add_ps(_mm512_castps512_ps256(x.all), _mm512_extractf32x8_ps(x.all, 1));
}

// The sums of four Lanes.
inline __m128 sum_four(Lanes a, Lanes b, Lanes c, Lanes d) {
  return sum_folded(fold(a), fold(b), fold(c), fold(d));
}
inline float sum_lanes(Lanes x) { return _mm_cvtss_f32(sum_four(x, x, x, x)); }

// The largest lane.
inline float largest(Lanes x) {
  const __m256 eight =
      _mm256_max_ps(_mm512_castps512_ps256(x.all), _mm512_extractf32x8_ps(x.all, 1));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

}  // namespace
}  // namespace bantam::kernels
