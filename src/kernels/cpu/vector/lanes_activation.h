// The nonlinear functions of feed-forward networks over Lanes; the operations are those of
// cpu/scalar/activation_functions.cpp. Include a level's lanes.h first.
#pragma once

#include "kernels/cpu/gelu_constants.h"
#include "kernels/cpu/vector/lanes_elementwise.h"
#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

inline Lanes negative(Lanes x) { return splat(-0.0f) - x; }

// x / (1 + exp(-inner)).
inline Lanes times_sigmoid(Lanes x, Lanes inner) {
  return x / (splat(1.0f) + exp_lanes(negative(inner)));
}

inline Lanes silu(Lanes x) { return times_sigmoid(x, x); }

inline Lanes gelu_tanh(Lanes x) {
  return times_sigmoid(x, x * fma(splat(kGeluTanhCubic), x * x, splat(kGeluTanhLinear)));
}

inline Lanes relu(Lanes x) { return larger(zero_lanes(), x); }

inline Lanes gelu(Lanes x) {
  const Lanes magnitude = larger(negative(x), x);
  Lanes p = splat(kGeluTail[7]);
  for (int i = 6; i >= 0; --i) p = fma(p, magnitude, splat(kGeluTail[i]));
  const Lanes tail = splat(0.5f) * exp_lanes(negative(p * magnitude));
  return fma(negative(magnitude), tail, relu(x));
}

inline Lanes relu_squared(Lanes x) { return relu(x) * relu(x); }

inline Lanes sigmoid(Lanes x) { return times_sigmoid(splat(1.0f), x); }

template <Lanes (*kFunction)(Lanes)>
inline void lanes_activate(const float* x, std::int64_t count, float* out) {
  map_lanes(x, count, out, [](Lanes value) { return kFunction(value); });
}

template <Lanes (*kFunction)(Lanes)>
inline void lanes_gate(const float* gate, const float* up, std::int64_t count, float* out) {
  map_lanes(gate, up, count, out, [](Lanes gates, Lanes ups) { return kFunction(gates) * ups; });
}

template <Lanes (*kFunction)(Lanes)>
inline void set_activation(KernelTable& table, Activation activation) {
  table.activate[static_cast<std::size_t>(activation)] = lanes_activate<kFunction>;
  table.gate[static_cast<std::size_t>(activation)] = lanes_gate<kFunction>;
}

inline void register_lanes_activations(KernelTable& table) {
  set_activation<silu>(table, Activation::Silu);
  set_activation<gelu_tanh>(table, Activation::GeluTanh);
  set_activation<gelu>(table, Activation::Gelu);
  set_activation<relu>(table, Activation::Relu);
  set_activation<relu_squared>(table, Activation::ReluSquared);
  set_activation<sigmoid>(table, Activation::Sigmoid);
}

// Gathered one by one, so many at a time that the stores are done before their vectors are loaded.
inline void lanes_gate_clamped(const float* gate, const float* up, std::int64_t stride, float limit,
                               std::int64_t count, float* out) {
  constexpr std::int64_t kGathered = 128;
  const Lanes highest = splat(limit);
  for (std::int64_t i = 0; i < count; i += kGathered) {
    const std::int64_t n = count - i < kGathered ? count - i : kGathered;
    alignas(64) float gates[kGathered];
    alignas(64) float ups[kGathered];
    for (std::int64_t j = 0; j < n; ++j) {
      gates[j] = gate[(i + j) * stride];
      ups[j] = up[(i + j) * stride];
    }
    map_lanes(gates, ups, n, out + i, [highest](Lanes g, Lanes u) {
      g = smaller(highest, g);
      u = larger(negative(highest), smaller(highest, u));
      return times_sigmoid(g, splat(kClampedSlope) * g) * (u + splat(1.0f));
    });
  }
}

}  // namespace
}  // namespace bantam::kernels
