// Sixteen floats in two AVX2 registers: the lanes of every float sum (docs/numerics.md).
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/x86/lane_sums.h"
#include "kernels/cpu/x86/transpose.h"

namespace bantam::kernels {
namespace {

struct Lanes {
  __m256 low, high;
};

// Register tile of a float product, Lanes of rows by tokens: with two registers a Lanes, 6 sums,
// two weights and an activation fill the 16.
inline constexpr int kTileVectors = 1;
inline constexpr int kTileTokens = 6;
// Tokens whose two sums each fit into registers beside a panel's words.
inline constexpr int kPanelTokens = 2;

inline Lanes zero_lanes() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline Lanes splat(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline Lanes load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void store(float* p, Lanes x) {
  _mm256_storeu_ps(p, x.low);
  _mm256_storeu_ps(p + 8, x.high);
}

// The first `count` of eight lanes as a mask; none for a count below 1, all for one above 7.
inline __m256i lane_mask(std::int64_t count) {
  const int limit = count < 0 ? 0 : count > 8 ? 8 : static_cast<int>(count);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(limit), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
// The first `count` floats, zeros after them; nothing beyond is touched.
inline Lanes load_part(const float* p, std::int64_t count) {
  return {_mm256_maskload_ps(p, lane_mask(count)), _mm256_maskload_ps(p + 8, lane_mask(count - 8))};
}
inline void store_part(float* p, Lanes x, std::int64_t count) {
  _mm256_maskstore_ps(p, lane_mask(count), x.low);
  _mm256_maskstore_ps(p + 8, lane_mask(count - 8), x.high);
}

inline Lanes load_half(const std::uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline __m256 eight_bfloat16(const std::uint16_t* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
inline Lanes load_bfloat16(const std::uint16_t* p) {
  return {eight_bfloat16(p), eight_bfloat16(p + 8)};
}

// The second and the first of two 16-bit floats in each lane.
inline Lanes odd_bfloat16(Lanes pairs) {
  const __m256 mask = _mm256_castsi256_ps(_mm256_set1_epi32(-65536));
  return {_mm256_and_ps(pairs.low, mask), _mm256_and_ps(pairs.high, mask)};
}
inline __m256 shifted_up(__m256 words) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(words), 16));
}
inline Lanes even_bfloat16(Lanes pairs) { return {shifted_up(pairs.low), shifted_up(pairs.high)}; }

inline Lanes operator+(Lanes a, Lanes b) {
  return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
inline Lanes operator-(Lanes a, Lanes b) {
  return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
inline Lanes operator*(Lanes a, Lanes b) {
  return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
inline Lanes operator/(Lanes a, Lanes b) {
  return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
inline Lanes fma(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
// Makes the compiler hold x in a register, where it would else load it once for each use.
inline void hold(__m256& x) { asm("" : "+x"(x)); }

// Sixteen columns of a register tile, half after half, so that sums and inputs fit into the
// registers.
template <int kRows, int kTokens>
[[gnu::always_inline]] inline void add_products(const std::byte* const* rows,
                                                const float* const* tokens, std::int64_t i,
                                                Lanes (&sums)[kTokens][kRows]) {
  __m256 weight[kRows];
  for (int r = 0; r < kRows; ++r) {
    weight[r] = _mm256_loadu_ps(reinterpret_cast<const float*>(rows[r]) + i);
  }
  for (int t = 0; t < kTokens; ++t) {
    __m256 activation = _mm256_loadu_ps(tokens[t] + i);
    hold(activation);
    for (int r = 0; r < kRows; ++r) {
      sums[t][r].low = _mm256_fmadd_ps(weight[r], activation, sums[t][r].low);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    weight[r] = _mm256_loadu_ps(reinterpret_cast<const float*>(rows[r]) + i + 8);
  }
  for (int t = 0; t < kTokens; ++t) {
    __m256 activation = _mm256_loadu_ps(tokens[t] + i + 8);
    hold(activation);
    for (int r = 0; r < kRows; ++r) {
      sums[t][r].high = _mm256_fmadd_ps(weight[r], activation, sums[t][r].high);
    }
  }
}
// a > b ? a : b, so b where either is NaN.
inline Lanes larger(Lanes a, Lanes b) {
  return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
inline Lanes smaller(Lanes a, Lanes b) {
  return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
// x where begin <= lane < end, else `other`.
inline __m256 keep_eight(__m256 x, __m256 other, std::int64_t begin, std::int64_t end) {
  const __m256i inside = _mm256_andnot_si256(lane_mask(begin), lane_mask(end));
  return _mm256_blendv_ps(other, x, _mm256_castsi256_ps(inside));
}
inline Lanes keep_range(Lanes x, Lanes other, std::int64_t begin, std::int64_t end) {
  return {keep_eight(x.low, other.low, begin, end),
          keep_eight(x.high, other.high, begin - 8, end - 8)};
}

// 2^(n >> 1) and 2^(n - (n >> 1)) for the integer n in the low bits of x over kExpRounder.
struct PowerOfTwo {
  Lanes first, second;
};
inline __m256 power_of_two(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
inline PowerOfTwo powers_of_two(Lanes x, Lanes rounder) {
  const __m256i low =
      _mm256_sub_epi32(_mm256_castps_si256(x.low), _mm256_castps_si256(rounder.low));
  const __m256i high =
      _mm256_sub_epi32(_mm256_castps_si256(x.high), _mm256_castps_si256(rounder.high));
  const __m256i low_half = _mm256_srai_epi32(low, 1);
  const __m256i high_half = _mm256_srai_epi32(high, 1);
  return {{power_of_two(low_half), power_of_two(high_half)},
          {power_of_two(_mm256_sub_epi32(low, low_half)),
           power_of_two(_mm256_sub_epi32(high, high_half))}};
}

inline __m256 fold(Lanes x) { return _mm256_add_ps(x.low, x.high); }

// The sums of four Lanes.
inline __m128 sum_four(Lanes a, Lanes b, Lanes c, Lanes d) {
  return sum_folded(fold(a), fold(b), fold(c), fold(d));
}
inline float sum_lanes(Lanes x) { return _mm_cvtss_f32(sum_four(x, x, x, x)); }

// The largest lane.
inline float largest(Lanes x) {
  const __m256 eight = _mm256_max_ps(x.low, x.high);
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

}  // namespace
}  // namespace bantam::kernels
