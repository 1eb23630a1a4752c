// Normalization over Lanes; the operations are those of cpu/scalar/norm.cpp. Include a level's
// lanes.h first.
#pragma once

#include <cstdint>

namespace bantam::kernels {
namespace {

inline float inverse_root(float x) { return 1.0f / square_root(x); }

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
  const Lanes factor = splat(inverse_root(mean + epsilon));
  for (i = 0; i + 16 <= count; i += 16) {
    store(out + i, load(x + i) * factor * load(weight + i));
  }
  if (i < count) {
    const Lanes rest = load_part(x + i, count - i) * factor * load_part(weight + i, count - i);
    store_part(out + i, rest, count - i);
  }
}

inline float lanes_mean(const float* x, std::int64_t count) {
  Lanes sums = zero_lanes();
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) sums = sums + load(x + i);
  if (i < count) sums = sums + load_part(x + i, count - i);
  return sum_lanes(sums) / static_cast<float>(count);
}

inline float lanes_variance(const float* x, Lanes mean, std::int64_t count) {
  Lanes squares = zero_lanes();
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const Lanes difference = load(x + i) - mean;
    squares = fma(difference, difference, squares);
  }
  if (i < count) {
    const Lanes rest = load_part(x + i, count - i) - mean;
    const Lanes difference = keep_range(rest, zero_lanes(), 0, count - i);
    squares = fma(difference, difference, squares);
  }
  return sum_lanes(squares) / static_cast<float>(count);
}

inline void lanes_layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                             std::int64_t count, float* out) {
  const Lanes mean = splat(lanes_mean(x, count));
  const Lanes factor = splat(inverse_root(lanes_variance(x, mean, count) + epsilon));
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const Lanes normal = (load(x + i) - mean) * factor;
    store(out + i, bias == nullptr ? normal * load(weight + i)
                                   : fma(normal, load(weight + i), load(bias + i)));
  }
  if (i == count) return;
  const std::int64_t n = count - i;
  const Lanes normal = (load_part(x + i, n) - mean) * factor;
  const Lanes weights = load_part(weight + i, n);
  store_part(out + i,
             bias == nullptr ? normal * weights : fma(normal, weights, load_part(bias + i, n)), n);
}

}  // namespace
}  // namespace bantam::kernels
