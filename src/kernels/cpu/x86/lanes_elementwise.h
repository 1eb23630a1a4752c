// Normalization, rotation and gating over Lanes; the operations are those of
// cpu/scalar/elementwise.cpp. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/exp_constants.h"
#include "kernels/cpu/x86/lane_sums.h"

namespace bantam::kernels {
namespace {

inline Lanes exp_lanes(Lanes x) {
  x = larger(splat(kExpLowest), x);
  x = smaller(splat(kExpHighest), x);
  const Lanes rounder = splat(kExpRounder);
  const Lanes shifted = fma(x, splat(kLog2E), rounder);
  const Lanes whole = shifted - rounder;
  const Lanes r = fma(whole, splat(-kLn2Low), fma(whole, splat(-kLn2High), x));
  Lanes q = fma(splat(kExpQ4), r, splat(kExpQ3));
  q = fma(q, r, splat(kExpQ2));
  q = fma(q, r, splat(kExpQ1));
  q = fma(q, r, splat(kExpQ0));
  const Lanes result = fma(q, r * r, r) + splat(1.0f);
  const PowerOfTwo power = powers_of_two(shifted, rounder);
  return result * power.first * power.second;
}

inline void lanes_rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count,
                           float* out) {
  Lanes squares = zero_lanes();
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) squares = fma(load(x + i), load(x + i), squares);
  if (i < count) {
    const Lanes rest = load_part(x + i, count - i);
    squares = fma(rest, rest, squares);
  }
  const float mean = sum_lanes(squares) / static_cast<float>(count);
  const __m128 root = _mm_sqrt_ss(_mm_set_ss(mean + epsilon));
  const Lanes factor = splat(1.0f / _mm_cvtss_f32(root));
  for (i = 0; i + 16 <= count; i += 16) {
    store(out + i, load(x + i) * factor * load(weight + i));
  }
  if (i < count) {
    const Lanes rest = load_part(x + i, count - i) * factor * load_part(weight + i, count - i);
    store_part(out + i, rest, count - i);
  }
}

inline void lanes_rope_halves(float* x, const float* cosines, const float* sines,
                              std::int64_t count) {
  const std::int64_t half = count / 2;
  for (std::int64_t i = 0; i < half; i += 16) {
    const std::int64_t n = half - i;
    const Lanes first = load_part(x + i, n);
    const Lanes second = load_part(x + half + i, n);
    const Lanes cosine = load_part(cosines + i, n);
    const Lanes sine = load_part(sines + i, n);
    store_part(x + i, first * cosine - second * sine, n);
    store_part(x + half + i, first * sine + second * cosine, n);
  }
}

inline Lanes silu_times(Lanes gate, Lanes up) {
  const Lanes negated = splat(-0.0f) - gate;
  return gate / (splat(1.0f) + exp_lanes(negated)) * up;
}

inline void lanes_silu_multiply(const float* gate, const float* up, std::int64_t count,
                                float* out) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(out + i, silu_times(load(gate + i), load(up + i)));
  if (i == count) return;
  const Lanes rest = silu_times(load_part(gate + i, count - i), load_part(up + i, count - i));
  store_part(out + i, rest, count - i);
}

inline void lanes_add(const float* a, const float* b, std::int64_t count, float* out) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(out + i, load(a + i) + load(b + i));
  if (i == count) return;
  store_part(out + i, load_part(a + i, count - i) + load_part(b + i, count - i), count - i);
}

}  // namespace
}  // namespace bantam::kernels
