// Rotation and arithmetic element by element over Lanes; the operations are those of
// cpu/scalar/elementwise.cpp. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/vector/lanes_exp.h"

namespace bantam::kernels {
namespace {

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

// out = function(x), the end in a part of the lanes.
template <typename Function>
inline void map_lanes(const float* x, std::int64_t count, float* out, Function function) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(out + i, function(load(x + i)));
  if (i < count) store_part(out + i, function(load_part(x + i, count - i)), count - i);
}

// out = function(a, b).
template <typename Function>
inline void map_lanes(const float* a, const float* b, std::int64_t count, float* out,
                      Function function) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) store(out + i, function(load(a + i), load(b + i)));
  if (i == count) return;
  const std::int64_t n = count - i;
  store_part(out + i, function(load_part(a + i, n), load_part(b + i, n)), n);
}

inline Lanes softcap_lanes(Lanes x, Lanes cap) { return cap * tanh_lanes(x / cap); }

inline void lanes_softcap(const float* x, float cap, std::int64_t count, float* out) {
  map_lanes(x, count, out, [cap](Lanes value) { return softcap_lanes(value, splat(cap)); });
}

inline void lanes_scale(const float* x, float factor, std::int64_t count, float* out) {
  map_lanes(x, count, out, [factor](Lanes value) { return value * splat(factor); });
}

inline void lanes_add(const float* a, const float* b, std::int64_t count, float* out) {
  map_lanes(a, b, count, out, [](Lanes first, Lanes second) { return first + second; });
}

inline void lanes_add_scaled(const float* a, const float* b, float factor, std::int64_t count,
                             float* out) {
  map_lanes(a, b, count, out,
            [factor](Lanes first, Lanes second) { return fma(splat(factor), second, first); });
}

inline void lanes_multiply(const float* a, const float* b, std::int64_t count, float* out) {
  map_lanes(a, b, count, out, [](Lanes first, Lanes second) { return first * second; });
}

}  // namespace
}  // namespace bantam::kernels
