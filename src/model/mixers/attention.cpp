#include "model/mixers/attention.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

using backend::HeadPart;

bool has_own_keys(const AttentionSpec& spec) { return !spec.kv_layer; }
bool has_value_matrix(const AttentionSpec& spec) {
  return has_own_keys(spec) && !spec.has_keys_as_values;
}

// Rows of queries, keys and values of a matrix that holds them a key/value head at a time.
std::array<LinearWeights, 3> divided_by_group(WeightBinder& binder, const AttentionSpec& spec,
                                              const LinearWeights& fused) {
  const std::int64_t size = spec.head_size;
  const std::int64_t queries = spec.head_count / spec.kv_head_count;
  std::array<std::vector<std::pair<std::int64_t, std::int64_t>>, 3> pieces;
  for (std::int64_t group = 0; group < spec.kv_head_count; ++group) {
    const std::int64_t first = group * (queries + 2) * size;
    pieces[0].emplace_back(first, queries * size);
    pieces[1].emplace_back(first + queries * size, size);
    pieces[2].emplace_back(first + (queries + 1) * size, size);
  }
  std::array<LinearWeights, 3> parts;
  for (std::size_t i = 0; i < 3; ++i) {
    parts[i].weight = binder.gathered(fused.weight, pieces[i]);
    if (!fused.bias.empty()) parts[i].bias = binder.gathered(fused.bias, pieces[i]);
  }
  return parts;
}

void bind_qkv(WeightBinder& binder, const AttentionSpec& spec, std::int64_t layer,
              AttentionWeights& weights) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t queries = spec.head_count * spec.head_size;
  const std::int64_t keys = spec.kv_head_count * spec.head_size;
  const bool bias = spec.has_input_bias;
  if (spec.layout == QkvLayout::Separate) {
    const std::int64_t rows = spec.gate == AttentionGate::PerValue ? 2 * queries : queries;
    weights.query = binder.linear(Role::Query, layer, rows, hidden, bias);
    if (has_own_keys(spec)) weights.key = binder.linear(Role::Key, layer, keys, hidden, bias);
    if (has_value_matrix(spec))
      weights.value = binder.linear(Role::Value, layer, keys, hidden, bias);
    return;
  }
  const LinearWeights fused =
      binder.linear(Role::QueryKeyValue, layer, queries + 2 * keys, hidden, bias);
  if (spec.layout == QkvLayout::Fused) {
    weights.query = outputs_of(fused, 0, queries);
    weights.key = outputs_of(fused, queries, keys);
    weights.value = outputs_of(fused, queries + keys, keys);
    return;
  }
  auto [query, key, value] = divided_by_group(binder, spec, fused);
  weights.query = query;
  weights.key = key;
  weights.value = value;
}

NormWeights bind_head_norm(WeightBinder& binder, const AttentionSpec& spec, Role role,
                           std::int64_t layer, std::int64_t heads) {
  switch (spec.head_norm) {
    case HeadNorm::None:
      return {};
    case HeadNorm::PerHead:
      return binder.norm(role, layer, spec.head_size, false);
    case HeadNorm::PerHeadOwn:
      return binder.head_norms(role, layer, heads, spec.head_size);
    case HeadNorm::AcrossHeads:
      return binder.norm(role, layer, heads * spec.head_size, false);
  }
  return {};
}

// Rows of heads as rows of their own: [rows * heads, head size].
Tensor as_heads(const Tensor& tensor, std::int64_t head_size) {
  return {tensor.type, Shape{tensor.shape.element_count() / head_size, head_size}, tensor.data};
}

std::int64_t gate_size(const AttentionSpec& spec) {
  if (spec.gate == AttentionGate::None) return 0;
  return spec.gate == AttentionGate::PerHead ? spec.head_count : spec.head_count * spec.head_size;
}

struct Projected {
  Tensor queries, keys, values, gates;
};

// What the spec has no matrix for stays as it is.
void project_all(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights,
                 const Tensor& normed, const Projected& out) {
  const backend::ArenaScope scope(pass.ops);
  const bool alternate = spec.gate == AttentionGate::PerValue;
  const std::int64_t size = spec.head_size;
  const Tensor both = pass.allocate(alternate ? 2 * spec.head_count * size : 0);
  std::array<backend::Projection, 4> projections{};
  std::size_t count = 0;
  projections[count++] = project(weights.query, alternate ? both : out.queries);
  if (has_own_keys(spec)) projections[count++] = project(weights.key, out.keys);
  if (has_value_matrix(spec)) projections[count++] = project(weights.value, out.values);
  if (spec.gate == AttentionGate::PerHead) {
    projections[count++] = project(weights.gate, out.gates);
  }
  pass.ops.linear(normed, std::span(projections).first(count));
  if (!alternate) return;
  pass.ops.copy({both, 2 * size, 0, size}, {out.queries, size, 0, size});
  pass.ops.copy({both, 2 * size, size, size}, {out.gates, size, 0, size});
}

void apply_gates(Pass& pass, const AttentionSpec& spec, const Tensor& gates,
                 const Tensor& attended) {
  using kernels::Activation;
  if (spec.gate == AttentionGate::PerValue) {
    pass.ops.gate(Activation::Sigmoid, gates, attended, attended);
  } else if (spec.gate == AttentionGate::PerHead) {
    const Tensor heads = as_heads(attended, spec.head_size);
    pass.ops.activate(Activation::Sigmoid, gates, gates);
    pass.ops.scale_rows(heads, gates, heads);
  }
}

// The norm of queries or keys.
void norm_heads(Pass& pass, const AttentionSpec& spec, const NormWeights& weights,
                const Tensor& heads) {
  if (spec.head_norm == HeadNorm::None) return;
  const bool across = spec.head_norm == HeadNorm::AcrossHeads;
  const Tensor rows = across ? heads : as_heads(heads, spec.head_size);
  pass.norm(weights, rows, rows);
}

void rotate(Pass& pass, const AttentionSpec& spec, const Tensor& heads) {
  if (!spec.rope) return;
  const backend::RopeFrequencies& rope = pass.model.ropes()[*spec.rope];
  pass.ops.rope({heads, spec.head_size, 0, rope.rotated_size()}, rope.pairs,
                pass.angles[*spec.rope]);
}

// Norm and rotation of queries or keys.
void norm_and_rotate(Pass& pass, const AttentionSpec& spec, const NormWeights& weights,
                     const Tensor& heads) {
  if (!spec.is_norm_after_rope) norm_heads(pass, spec, weights, heads);
  rotate(pass, spec, heads);
  if (spec.is_norm_after_rope) norm_heads(pass, spec, weights, heads);
}

// Keys and values [rows, kv heads * size], as projected, into the cache.
void store(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights,
           std::int64_t layer, const Tensor& keys, const Tensor& values) {
  if (spec.has_keys_as_values) {
    const std::int64_t columns = keys.shape.columns();
    pass.ops.copy({keys, columns, 0, columns}, {values, columns, 0, columns});
  }
  norm_and_rotate(pass, spec, weights.key_norm, keys);
  if (spec.has_value_norm) {
    const Tensor heads = as_heads(values, spec.head_size);
    pass.norm(weights.value_norm, heads, heads);
  }
  pass.ops.write_kv(keys, values, pass.batch, pass.cache, layer);
}

}  // namespace

AttentionWeights bind_weights(WeightBinder& binder, const AttentionSpec& spec, std::int64_t layer) {
  const std::int64_t queries = spec.head_count * spec.head_size;
  AttentionWeights weights;
  bind_qkv(binder, spec, layer, weights);
  weights.output = binder.linear(Role::AttentionOutput, layer, binder.spec().hidden_size, queries,
                                 spec.has_output_bias);
  weights.query_norm = bind_head_norm(binder, spec, Role::QueryNorm, layer, spec.head_count);
  if (has_own_keys(spec)) {
    weights.key_norm = bind_head_norm(binder, spec, Role::KeyNorm, layer, spec.kv_head_count);
  } else {
    for (const Role role : {Role::Key, Role::Value, Role::KeyNorm}) binder.leave_out(role, layer);
  }
  if (spec.has_value_norm) weights.value_norm = {binder.constant(spec.head_size, 1), {}};
  if (spec.has_sub_norm) {
    weights.sub_norm = binder.norm(Role::AttentionSubNorm, layer, queries, false);
  }
  if (spec.gate == AttentionGate::PerHead) {
    weights.gate = binder.linear(Role::AttentionGate, layer, spec.head_count,
                                 binder.spec().hidden_size, false);
  }
  if (spec.has_sinks) {
    weights.sinks = binder.vector(Role::Sinks, Part::Weight, layer, spec.head_count);
  }
  return weights;
}

backend::KvLayerShape kv_shape(const AttentionSpec& spec) {
  if (!has_own_keys(spec)) return {};
  return {.head_count = spec.kv_head_count,
          .key_size = spec.head_size,
          .value_size = spec.head_size,
          .window = spec.window};
}

std::int64_t heads_per_kv(const AttentionSpec& spec) {
  return spec.head_count / spec.kv_head_count;
}

void mix(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor queries = pass.allocate(spec.head_count * spec.head_size);
  const std::int64_t kv_columns = has_own_keys(spec) ? spec.kv_head_count * spec.head_size : 0;
  const Tensor keys = pass.allocate(kv_columns);
  const Tensor values = pass.allocate(kv_columns);
  const Tensor gates = pass.allocate(gate_size(spec));
  project_all(pass, spec, weights, normed, {queries, keys, values, gates});
  norm_and_rotate(pass, spec, weights.query_norm, queries);
  if (spec.temperature.slope != 0) {
    pass.ops.scale_by_position(queries, pass.batch, spec.temperature.slope,
                               spec.temperature.period);
  }
  if (has_own_keys(spec)) store(pass, spec, weights, layer, keys, values);
  const Tensor attended = pass.allocate(spec.head_count * spec.head_size);
  pass.ops.attention(queries,
                     {.head_count = spec.head_count,
                      .head_size = spec.head_size,
                      .scale = spec.scale,
                      .window = spec.window,
                      .softcap = spec.softcap,
                      .sinks = spec.has_sinks ? &weights.sinks : nullptr,
                      .sparse = spec.sparse},
                     pass.batch, pass.cache, spec.kv_layer.value_or(layer), attended);
  apply_gates(pass, spec, gates, attended);
  if (spec.has_sub_norm) pass.norm(weights.sub_norm, attended, attended);
  pass.ops.linear(attended, std::array{project(weights.output, out)});
}

}  // namespace bantam::model
