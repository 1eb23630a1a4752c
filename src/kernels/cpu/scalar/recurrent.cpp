#include "kernels/recurrent.h"

#include <cmath>

namespace bantam::kernels {
namespace {

float softplus(float x) { return x > 20.0f ? x : std::log1p(std::exp(x)); }

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

}  // namespace

void convolve(const ConvolutionTask& task) {
  const std::int64_t before = task.taps - 1;
  for (std::int64_t c = task.channel_begin; c < task.channel_end; ++c) {
    // The channel's input at a token; those before token 0 are history.
    const auto input = [&](std::int64_t token) {
      return token < 0 ? task.history[(token + before) * task.channels + c]
                       : task.x[token * task.x_stride + c];
    };
    for (std::int64_t token = 0; token < task.tokens; ++token) {
      float sum = task.bias == nullptr ? 0.0f : task.bias[c];
      for (std::int64_t k = 0; k < task.taps; ++k) {
        sum = std::fma(task.weights[c * task.taps + k], input(token - before + k), sum);
      }
      task.out[token * task.out_stride + c] = sum;
    }
    for (std::int64_t i = 0; i < before; ++i) {
      task.history[i * task.channels + c] = input(task.tokens - before + i);
    }
  }
}

void scan_states(const StateSpaceTask& task) {
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    const float* x = task.x + token * task.x_stride;
    const float* b = task.b + token * task.bc_stride;
    const float* c = task.c + token * task.bc_stride;
    float* out = task.out + token * task.out_stride;
    const float step = softplus(task.dt[token * task.dt_stride] + task.step_bias);
    const float decay = std::exp(step * task.decay);
    for (std::int64_t i = 0; i < task.head_size; ++i) {
      float* state = task.state + i * task.state_size;
      const float input = step * x[i];
      float sum = 0;
      for (std::int64_t n = 0; n < task.state_size; ++n) {
        state[n] = std::fma(state[n], decay, input * b[n]);
        sum = std::fma(state[n], c[n], sum);
      }
      out[i] = std::fma(task.skip, x[i], sum);
    }
  }
}

void apply_delta_rule(const DeltaRuleTask& task) {
  const std::int64_t size = task.value_size;
  for (std::int64_t token = 0; token < task.tokens; ++token) {
    const float* q = task.queries + token * task.key_stride;
    const float* k = task.keys + token * task.key_stride;
    const float* v = task.values + token * task.value_stride;
    float* out = task.out + token * task.out_stride;
    const float step = softplus(task.a[token * task.gate_stride] + task.step_bias);
    const float decay = std::exp(task.rate * step);
    const float beta = sigmoid(task.b[token * task.gate_stride]);
    // `out` holds what the decayed state recalls for the key, then the correction, then the result.
    for (std::int64_t j = 0; j < size; ++j) out[j] = 0;
    for (std::int64_t i = 0; i < task.key_size; ++i) {
      float* row = task.state + i * size;
      for (std::int64_t j = 0; j < size; ++j) {
        row[j] *= decay;
        out[j] = std::fma(row[j], k[i], out[j]);
      }
    }
    for (std::int64_t j = 0; j < size; ++j) out[j] = (v[j] - out[j]) * beta;
    for (std::int64_t i = 0; i < task.key_size; ++i) {
      float* row = task.state + i * size;
      for (std::int64_t j = 0; j < size; ++j) row[j] = std::fma(k[i], out[j], row[j]);
    }
    for (std::int64_t j = 0; j < size; ++j) out[j] = 0;
    for (std::int64_t i = 0; i < task.key_size; ++i) {
      const float* row = task.state + i * size;
      for (std::int64_t j = 0; j < size; ++j) out[j] = std::fma(row[j], q[i], out[j]);
    }
  }
}

}  // namespace bantam::kernels
