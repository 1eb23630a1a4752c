#include "model/mixers/state_space.h"

#include <array>

#include "model/mixers/attention.h"
#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

constexpr auto kFloat = static_cast<std::int64_t>(sizeof(float));

std::int64_t inner_size(const StateSpaceSpec& spec) { return spec.head_count * spec.head_size; }
std::int64_t group_size(const StateSpaceSpec& spec) { return spec.group_count * spec.state_size; }

// Bytes of the last inputs of so many convolved channels.
std::int64_t history_bytes(const StateSpaceSpec& spec, std::int64_t channels) {
  return (spec.taps - 1) * channels * kFloat;
}

// x, b and c: convolved over time each, then through silu, in place of what was projected.
struct Convolved {
  Tensor tensor;
  std::int64_t first_channel;
};

}  // namespace

StateSpaceWeights bind_weights(WeightBinder& binder, const StateSpaceSpec& spec,
                               std::int64_t layer) {
  const std::int64_t inner = inner_size(spec), group = group_size(spec), heads = spec.head_count;
  const std::int64_t hidden = binder.spec().hidden_size;
  const LinearWeights in =
      binder.linear(Role::StateIn, layer, 2 * inner + 2 * group + heads, hidden, spec.has_bias);
  StateSpaceWeights weights;
  weights.gate = outputs_of(in, 0, inner);
  weights.x = outputs_of(in, inner, inner);
  weights.b = outputs_of(in, 2 * inner, group);
  weights.c = outputs_of(in, 2 * inner + group, group);
  weights.dt = outputs_of(in, 2 * inner + 2 * group, heads);
  const std::int64_t channels = inner + 2 * group;
  weights.taps = binder.taps(Role::StateConvolution, layer, channels, spec.taps);
  if (spec.has_convolution_bias) {
    weights.taps_bias = binder.flat(Role::StateConvolution, Part::Bias, layer, channels);
  }
  weights.decay = binder.decay_rates(Role::StateDecay, layer, heads);
  weights.skip = binder.flat(Role::StateSkip, Part::Weight, layer, heads);
  weights.step_bias = binder.flat(Role::StateStepBias, Part::Weight, layer, heads);
  if (spec.has_norm) weights.norm = {binder.flat(Role::StateNorm, Part::Weight, layer, inner), {}};
  weights.out = binder.linear(Role::StateOut, layer, hidden, inner, spec.has_bias);
  return weights;
}

backend::KvLayerShape kv_shape(const StateSpaceSpec& spec) {
  return {.state_bytes = history_bytes(spec, inner_size(spec) + 2 * group_size(spec)) +
                         inner_size(spec) * spec.state_size * kFloat};
}

std::int64_t heads_per_kv(const StateSpaceSpec&) { return 1; }

void mix(Pass& pass, const StateSpaceSpec& spec, const StateSpaceWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t inner = inner_size(spec), group = group_size(spec);
  const std::array projected{pass.allocate(inner), pass.allocate(inner), pass.allocate(group),
                             pass.allocate(group), pass.allocate(spec.head_count)};
  const auto& [gate, x, b, c, dt] = projected;
  pass.ops.linear(
      normed, std::array{project(weights.gate, gate), project(weights.x, x), project(weights.b, b),
                         project(weights.c, c), project(weights.dt, dt)});
  for (std::size_t i = 0; i < projected.size(); ++i) {
    const float scale = spec.input_scale * spec.part_scales[i];
    if (scale != 1) pass.ops.scale(projected[i], scale, projected[i]);
  }
  const std::array convolved{Convolved{pass.allocate(inner), 0},
                             Convolved{pass.allocate(group), inner},
                             Convolved{pass.allocate(group), inner + group}};
  for (std::size_t i = 0; i < convolved.size(); ++i) {
    const auto& [result, first] = convolved[i];
    const std::int64_t channels = result.shape.columns();
    const Tensor taps = rows_of(weights.taps, first, channels);
    const Tensor bias =
        spec.has_convolution_bias ? rows_of(weights.taps_bias, first, channels) : Tensor{};
    pass.ops.convolve(projected[i + 1], taps, spec.has_convolution_bias ? &bias : nullptr,
                      pass.batch, pass.cache, {layer, history_bytes(spec, first)}, result);
    pass.ops.activate(kernels::Activation::Silu, result, result);
  }
  const Tensor y = pass.allocate(inner);
  pass.ops.scan_states({.x = convolved[0].tensor,
                        .b = convolved[1].tensor,
                        .c = convolved[2].tensor,
                        .dt = dt,
                        .decay = &weights.decay,
                        .skip = &weights.skip,
                        .step_bias = &weights.step_bias,
                        .group_count = spec.group_count},
                       pass.batch, pass.cache, {layer, history_bytes(spec, inner + 2 * group)}, y);
  pass.ops.gate(kernels::Activation::Silu, gate, y, y);
  if (spec.has_norm) pass.norm(weights.norm, y, y);
  pass.ops.linear(y, std::array{project(weights.out, out)});
  if (spec.output_scale != 1) pass.ops.scale(out, spec.output_scale, out);
}

ParallelMixerWeights bind_weights(WeightBinder& binder, const ParallelMixerSpec& spec,
                                  std::int64_t layer) {
  return {bind_weights(binder, spec.attention, layer),
          bind_weights(binder, spec.state_space, layer)};
}

backend::KvLayerShape kv_shape(const ParallelMixerSpec& spec) {
  backend::KvLayerShape shape = kv_shape(spec.attention);
  shape.state_bytes = kv_shape(spec.state_space).state_bytes;
  return shape;
}

std::int64_t heads_per_kv(const ParallelMixerSpec& spec) { return heads_per_kv(spec.attention); }

void mix(Pass& pass, const ParallelMixerSpec& spec, const ParallelMixerWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor other = pass.allocate(out.shape.columns());
  mix(pass, spec.state_space, weights.state_space, layer, normed, out);
  mix(pass, spec.attention, weights.attention, layer, normed, other);
  pass.ops.add(out, other, spec.attention_scale, out);
}

}  // namespace bantam::model
