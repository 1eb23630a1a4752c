// Layers that carry a state from token to token in the place of keys and values. Tokens are
// computed one after the other, so a result does not depend on how a sequence is cut into passes.
// Scalar code on every level; callers may split channels or heads over threads.
#pragma once

#include <cstdint>

namespace bantam::kernels {

// A causal convolution of each channel with itself:
// out[t][c] = bias[c] + sum over k of weights[c][k] * x[t - taps + 1 + k][c].
struct ConvolutionTask {
  const float* x;  // channel c of token t at x + t * x_stride + c
  std::int64_t x_stride;
  float* out;
  std::int64_t out_stride;
  const float* weights;  // [channels, taps]
  const float* bias;     // [channels], or null
  float* history;  // [taps - 1, channels] inputs before token 0, oldest first; brought up to date
  std::int64_t channels;
  std::int64_t channel_begin, channel_end;
  std::int64_t taps;
  std::int64_t tokens;
};
void convolve(const ConvolutionTask& task);

// One head of a selective state space (Dao and Gu 2024, Mamba-2). With
// step = softplus(dt[t] + step_bias):
// state = state * exp(step * decay) + step * x[t] outer b[t]; out[t] = state c[t] + skip * x[t].
struct StateSpaceTask {
  const float* x;  // [head_size] of token t at x + t * x_stride
  std::int64_t x_stride;
  const float* b;  // [state_size] of token t
  const float* c;
  std::int64_t bc_stride;
  const float* dt;  // one number a token
  std::int64_t dt_stride;
  float* out;
  std::int64_t out_stride;
  float* state;  // [head_size, state_size]
  float decay;   // below 0
  float skip;
  float step_bias;
  std::int64_t head_size, state_size, tokens;
};
void scan_states(const StateSpaceTask& task);

// One value head of the gated delta rule (Yang et al. 2025, Gated DeltaNet). With
// decay = exp(rate * softplus(a[t] + step_bias)) and beta = sigmoid(b[t]):
// state = state * decay; state += k outer beta * (v - state^T k); out = state^T q.
struct DeltaRuleTask {
  const float* queries;  // [key_size] of token t
  const float* keys;
  std::int64_t key_stride;
  const float* values;  // [value_size] of token t
  std::int64_t value_stride;
  const float* a;  // one number a token
  const float* b;
  std::int64_t gate_stride;
  float* out;
  std::int64_t out_stride;
  float* state;  // [key_size, value_size]
  float rate;    // below 0
  float step_bias;
  std::int64_t key_size, value_size, tokens;
};
void apply_delta_rule(const DeltaRuleTask& task);

}  // namespace bantam::kernels
