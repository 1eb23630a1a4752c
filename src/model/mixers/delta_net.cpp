#include "model/mixers/delta_net.h"

#include <array>
#include <cmath>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

constexpr auto kFloat = static_cast<std::int64_t>(sizeof(float));
constexpr float kLengthEpsilon = 1e-6f;  // added to the squared length of queries and keys

std::int64_t keys_size(const DeltaNetSpec& spec) { return spec.key_head_count * spec.key_size; }
std::int64_t values_size(const DeltaNetSpec& spec) {
  return spec.value_head_count * spec.value_size;
}

Tensor as_heads(const Tensor& tensor, std::int64_t size) {
  return {tensor.type, Shape{tensor.shape.element_count() / size, size}, tensor.data};
}

}  // namespace

DeltaNetWeights bind_weights(WeightBinder& binder, const DeltaNetSpec& spec, std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t keys = keys_size(spec), values = values_size(spec);
  const std::int64_t heads = spec.value_head_count;
  const LinearWeights in = binder.linear(Role::DeltaIn, layer, 2 * keys + values, hidden, false);
  DeltaNetWeights weights;
  weights.query = outputs_of(in, 0, keys);
  weights.key = outputs_of(in, keys, keys);
  weights.value = outputs_of(in, 2 * keys, values);
  weights.gate = binder.linear(Role::DeltaGate, layer, values, hidden, false);
  weights.a = binder.linear(Role::DeltaA, layer, heads, hidden, false);
  weights.b = binder.linear(Role::DeltaB, layer, heads, hidden, false);
  weights.taps = binder.taps(Role::StateConvolution, layer, 2 * keys + values, spec.taps);
  weights.rate = binder.decay_rates(Role::StateDecay, layer, heads);
  weights.step_bias = binder.flat(Role::StateStepBias, Part::Weight, layer, heads);
  weights.norm = {binder.flat(Role::StateNorm, Part::Weight, layer, spec.value_size), {}};
  // Unit length as a root mean square: x / |x| = x / rms(x) / sqrt(size); queries are also scaled.
  const auto size = static_cast<float>(spec.key_size);
  weights.key_scale = binder.constant(spec.key_size, 1 / std::sqrt(size));
  weights.query_scale = binder.constant(spec.key_size, 1 / size);
  weights.out = binder.linear(Role::StateOut, layer, hidden, values, false);
  return weights;
}

backend::KvLayerShape kv_shape(const DeltaNetSpec& spec) {
  const std::int64_t channels = 2 * keys_size(spec) + values_size(spec);
  return {.state_bytes = ((spec.taps - 1) * channels + values_size(spec) * spec.key_size) * kFloat};
}

std::int64_t heads_per_kv(const DeltaNetSpec&) { return 1; }

void mix(Pass& pass, const DeltaNetSpec& spec, const DeltaNetWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t keys = keys_size(spec), values = values_size(spec);
  const std::array projected{pass.allocate(keys), pass.allocate(keys), pass.allocate(values)};
  const Tensor gate = pass.allocate(values);
  const Tensor a = pass.allocate(spec.value_head_count);
  const Tensor b = pass.allocate(spec.value_head_count);
  pass.ops.linear(
      normed, std::array{project(weights.query, projected[0]), project(weights.key, projected[1]),
                         project(weights.value, projected[2]), project(weights.gate, gate),
                         project(weights.a, a), project(weights.b, b)});
  const std::array convolved{pass.allocate(keys), pass.allocate(keys), pass.allocate(values)};
  std::int64_t first = 0;
  for (std::size_t i = 0; i < convolved.size(); ++i) {
    const std::int64_t channels = convolved[i].shape.columns();
    pass.ops.convolve(projected[i], rows_of(weights.taps, first, channels), nullptr, pass.batch,
                      pass.cache, {layer, (spec.taps - 1) * first * kFloat}, convolved[i]);
    pass.ops.activate(kernels::Activation::Silu, convolved[i], convolved[i]);
    first += channels;
  }
  const auto to_length = [&](const Tensor& tensor, const Tensor& scale) {
    const Tensor heads = as_heads(tensor, spec.key_size);
    pass.ops.norm(heads,
                  {.kind = backend::NormKind::Rms,
                   .epsilon = kLengthEpsilon / static_cast<float>(spec.key_size),
                   .weight = &scale},
                  heads);
  };
  to_length(convolved[0], weights.query_scale);
  to_length(convolved[1], weights.key_scale);
  const Tensor y = pass.allocate(values);
  pass.ops.apply_delta_rule({.queries = convolved[0],
                             .keys = convolved[1],
                             .values = convolved[2],
                             .a = a,
                             .b = b,
                             .rate = &weights.rate,
                             .step_bias = &weights.step_bias,
                             .key_head_count = spec.key_head_count,
                             .is_tiled = spec.is_tiled},
                            pass.batch, pass.cache, {layer, (spec.taps - 1) * first * kFloat}, y);
  pass.norm(weights.norm, as_heads(y, spec.value_size), as_heads(y, spec.value_size));
  pass.ops.gate(kernels::Activation::Silu, gate, y, y);
  pass.ops.linear(y, std::array{project(weights.out, out)});
}

}  // namespace bantam::model
