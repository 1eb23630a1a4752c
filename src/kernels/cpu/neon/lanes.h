// Sixteen floats in four NEON registers: the lanes of every float sum (docs/numerics.md).
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace bantam::kernels {
namespace {

struct Lanes {
  float32x4_t quarter[4];
};

// Register tile of a float product, Lanes of rows by tokens: with four registers a Lanes, 6 sums,
// a weight and an activation take 29 of the 32.
inline constexpr int kTileVectors = 1;
inline constexpr int kTileTokens = 6;
// Tokens whose two sums each fit into registers beside a panel's words.
inline constexpr int kPanelTokens = 2;

template <typename Function>
[[gnu::always_inline]] inline Lanes map_quarters(Function function) {
  return {{function(0), function(1), function(2), function(3)}};
}

inline Lanes splat(float x) {
  const float32x4_t four = vdupq_n_f32(x);
  return {{four, four, four, four}};
}
inline Lanes zero_lanes() { return splat(0.0f); }
inline Lanes load(const float* p) {
  return map_quarters([p](int i) { return vld1q_f32(p + 4 * i); });
}
inline void store(float* p, Lanes x) {
  for (int i = 0; i < 4; ++i) vst1q_f32(p + 4 * i, x.quarter[i]);
}

// The first `count` floats, zeros after them; nothing beyond is touched.
inline Lanes load_part(const float* p, std::int64_t count) {
  if (count >= 16) return load(p);
  float part[16] = {};
  for (std::int64_t i = 0; i < count; ++i) part[i] = p[i];
  return load(part);
}
inline void store_part(float* p, Lanes x, std::int64_t count) {
  if (count >= 16) return store(p, x);
  float part[16];
  store(part, x);
  for (std::int64_t i = 0; i < count; ++i) p[i] = part[i];
}

inline Lanes load_half(const std::uint16_t* p) {
  return map_quarters(
      [p](int i) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4 * i))); });
}
inline Lanes load_bfloat16(const std::uint16_t* p) {
  return map_quarters(
      [p](int i) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p + 4 * i), 16)); });
}

// The second and the first of two 16-bit floats in each lane.
inline Lanes odd_bfloat16(Lanes pairs) {
  const uint32x4_t mask = vdupq_n_u32(0xffff0000u);
  return map_quarters([&](int i) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(pairs.quarter[i]), mask));
  });
}
inline Lanes even_bfloat16(Lanes pairs) {
  return map_quarters([&](int i) {
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(pairs.quarter[i]), 16));
  });
}

inline Lanes operator+(Lanes a, Lanes b) {
  return map_quarters([&](int i) { return vaddq_f32(a.quarter[i], b.quarter[i]); });
}
inline Lanes operator-(Lanes a, Lanes b) {
  return map_quarters([&](int i) { return vsubq_f32(a.quarter[i], b.quarter[i]); });
}
inline Lanes operator*(Lanes a, Lanes b) {
  return map_quarters([&](int i) { return vmulq_f32(a.quarter[i], b.quarter[i]); });
}
inline Lanes operator/(Lanes a, Lanes b) {
  return map_quarters([&](int i) { return vdivq_f32(a.quarter[i], b.quarter[i]); });
}
inline Lanes fma(Lanes a, Lanes b, Lanes c) {
  return map_quarters([&](int i) { return vfmaq_f32(c.quarter[i], a.quarter[i], b.quarter[i]); });
}

// Sixteen columns of a register tile, quarter after quarter, so that sums and inputs fit into the
// registers.
template <int kRows, int kTokens>
[[gnu::always_inline]] inline void add_products(const std::byte* const* rows,
                                                const float* const* tokens, std::int64_t i,
                                                Lanes (&sums)[kTokens][kRows]) {
  for (int quarter = 0; quarter < 4; ++quarter) {
    float32x4_t weight[kRows];
    for (int r = 0; r < kRows; ++r) {
      weight[r] = vld1q_f32(reinterpret_cast<const float*>(rows[r]) + i + 4 * quarter);
    }
    for (int t = 0; t < kTokens; ++t) {
      const float32x4_t activation = vld1q_f32(tokens[t] + i + 4 * quarter);
      for (int r = 0; r < kRows; ++r) {
        float32x4_t& sum = sums[t][r].quarter[quarter];
        sum = vfmaq_f32(sum, weight[r], activation);
      }
    }
  }
}

// a > b ? a : b, so b where either is NaN.
inline Lanes larger(Lanes a, Lanes b) {
  return map_quarters([&](int i) {
    return vbslq_f32(vcgtq_f32(a.quarter[i], b.quarter[i]), a.quarter[i], b.quarter[i]);
  });
}
// a < b ? a : b.
inline Lanes smaller(Lanes a, Lanes b) {
  return map_quarters([&](int i) {
    return vbslq_f32(vcltq_f32(a.quarter[i], b.quarter[i]), a.quarter[i], b.quarter[i]);
  });
}
// x where begin <= lane < end, else `other`.
inline Lanes keep_range(Lanes x, Lanes other, std::int64_t begin, std::int64_t end) {
  const auto limit = [](std::int64_t lane) {
    return vdupq_n_s32(lane < 0 ? 0 : lane > 16 ? 16 : static_cast<std::int32_t>(lane));
  };
  const int32x4_t first = limit(begin);
  const int32x4_t last = limit(end);
  const std::int32_t counting[4] = {0, 1, 2, 3};
  const int32x4_t lanes = vld1q_s32(counting);
  return map_quarters([&](int i) {
    const int32x4_t lane = vaddq_s32(lanes, vdupq_n_s32(4 * i));
    const uint32x4_t inside = vandq_u32(vcgeq_s32(lane, first), vcltq_s32(lane, last));
    return vbslq_f32(inside, x.quarter[i], other.quarter[i]);
  });
}

// 2^(n >> 1) and 2^(n - (n >> 1)) for the integer n in the low bits of x over kExpRounder.
struct PowerOfTwo {
  Lanes first, second;
};
inline float32x4_t power_of_two(int32x4_t n) {
  return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}
inline PowerOfTwo powers_of_two(Lanes x, Lanes rounder) {
  const auto exponent = [&](int i) {
    return vsubq_s32(vreinterpretq_s32_f32(x.quarter[i]),
                     vreinterpretq_s32_f32(rounder.quarter[i]));
  };
  return {map_quarters([&](int i) { return power_of_two(vshrq_n_s32(exponent(i), 1)); }),
          map_quarters([&](int i) {
            const int32x4_t n = exponent(i);
            return power_of_two(vsubq_s32(n, vshrq_n_s32(n, 1)));
          })};
}

// The sums of neighbours of the sixteen lanes folded to eight.
inline float32x4_t sum_pairs(Lanes x) {
  return vpaddq_f32(vaddq_f32(x.quarter[0], x.quarter[2]), vaddq_f32(x.quarter[1], x.quarter[3]));
}
// The sums of four Lanes.
inline float32x4_t sum_four(Lanes a, Lanes b, Lanes c, Lanes d) {
  return vpaddq_f32(vpaddq_f32(sum_pairs(a), sum_pairs(b)), vpaddq_f32(sum_pairs(c), sum_pairs(d)));
}
inline float sum_lanes(Lanes x) {
  const float32x4_t pairs = sum_pairs(x);
  const float32x4_t halves = vpaddq_f32(pairs, pairs);
  return vgetq_lane_f32(halves, 0) + vgetq_lane_f32(halves, 1);
}

// to[j * to_stride + i] = from[i * from_stride + j] for i, j < 4.
inline void transpose_four(const float* from, std::int64_t from_stride, float* to,
                           std::int64_t to_stride) {
  const auto row = [&](int i) { return vreinterpretq_f64_f32(vld1q_f32(from + i * from_stride)); };
  const auto put = [&](int j, float64x2_t pairs, float64x2_t next, bool is_odd) {
    const float32x4_t a = vreinterpretq_f32_f64(pairs);
    const float32x4_t b = vreinterpretq_f32_f64(next);
    vst1q_f32(to + j * to_stride, is_odd ? vuzp2q_f32(a, b) : vuzp1q_f32(a, b));
  };
  const float64x2_t rows[4] = {row(0), row(1), row(2), row(3)};
  // Columns 0 and 1, then 2 and 3, of rows 0 and 1 and of rows 2 and 3.
  const float64x2_t low = vzip1q_f64(rows[0], rows[1]);
  const float64x2_t more_low = vzip1q_f64(rows[2], rows[3]);
  const float64x2_t high = vzip2q_f64(rows[0], rows[1]);
  const float64x2_t more_high = vzip2q_f64(rows[2], rows[3]);
  put(0, low, more_low, false);
  put(1, low, more_low, true);
  put(2, high, more_high, false);
  put(3, high, more_high, true);
}

// The same for i, j < 16.
inline void transpose_sixteen(const float* from, std::int64_t from_stride, float* to,
                              std::int64_t to_stride) {
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 16; j += 4) {
      transpose_four(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
  }
}

inline float square_root(float x) { return vget_lane_f32(vsqrt_f32(vdup_n_f32(x)), 0); }

// The largest lane, none of which is NaN.
inline float largest(Lanes x) {
  const float32x4_t four =
      vmaxq_f32(vmaxq_f32(x.quarter[0], x.quarter[1]), vmaxq_f32(x.quarter[2], x.quarter[3]));
  return vmaxvq_f32(four);
}

}  // namespace
}  // namespace bantam::kernels
