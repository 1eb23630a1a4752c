// The nonlinear functions of feed-forward networks, alone and as gates.
#include <cmath>

#include "kernels/cpu/gelu_constants.h"
#include "kernels/cpu/scalar/exp.h"
#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels {
namespace {

float silu(float x) { return x / (1.0f + exp_float(-x)); }

float gelu_tanh(float x) {
  const float inner = x * std::fma(kGeluTanhCubic, x * x, kGeluTanhLinear);
  return x / (1.0f + exp_float(-inner));
}

float gelu(float x) {
  const float magnitude = -x > x ? -x : x;
  float p = kGeluTail[7];
  for (int i = 6; i >= 0; --i) p = std::fma(p, magnitude, kGeluTail[i]);
  const float tail = 0.5f * exp_float(-(p * magnitude));
  return std::fma(-magnitude, tail, 0.0f > x ? 0.0f : x);
}

float relu(float x) { return 0.0f > x ? 0.0f : x; }  // in this order a NaN stays

float relu_squared(float x) { return relu(x) * relu(x); }

float sigmoid(float x) { return 1.0f / (1.0f + exp_float(-x)); }

template <float (*kFunction)(float)>
void activate(const float* x, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = kFunction(x[i]);
}

template <float (*kFunction)(float)>
void gate(const float* gates, const float* up, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = kFunction(gates[i]) * up[i];
}

template <float (*kFunction)(float)>
void set(KernelTable& table, Activation activation) {
  table.activate[static_cast<std::size_t>(activation)] = activate<kFunction>;
  table.gate[static_cast<std::size_t>(activation)] = gate<kFunction>;
}

}  // namespace

void scalar::register_activation_functions(KernelTable& table) {
  set<silu>(table, Activation::Silu);
  set<gelu_tanh>(table, Activation::GeluTanh);
  set<gelu>(table, Activation::Gelu);
  set<relu>(table, Activation::Relu);
  set<relu_squared>(table, Activation::ReluSquared);
  set<sigmoid>(table, Activation::Sigmoid);
}

void scalar::gate_clamped(const float* gates, const float* up, std::int64_t stride, float limit,
                          std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    float g = gates[i * stride];
    g = limit < g ? limit : g;
    float u = up[i * stride];
    u = limit < u ? limit : u;
    u = -limit > u ? -limit : u;
    out[i] = g / (1.0f + exp_float(-(kClampedSlope * g))) * (u + 1.0f);
  }
}

}  // namespace bantam::kernels
