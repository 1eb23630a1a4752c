#include "model/residual/layer_inputs.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

std::int64_t all_layers(const ModelSpec& model, const LayerInputSpec& spec) {
  return static_cast<std::int64_t>(model.layers.size()) * spec.size;
}

float root(std::int64_t size) { return static_cast<float>(std::sqrt(static_cast<double>(size))); }

}  // namespace

LayerEmbeddingWeights bind_layer_embedding(WeightBinder& binder, const LayerInputSpec& spec) {
  const std::int64_t columns = all_layers(binder.spec(), spec);
  LayerEmbeddingWeights weights;
  weights.table =
      binder.stored(Role::LayerEmbedding, Part::Weight, 0, 0, Shape{spec.vocabulary_size, columns});
  weights.projection =
      binder.linear(Role::LayerEmbeddingProjection, 0, columns, binder.spec().hidden_size, false);
  weights.norm = binder.norm(Role::LayerEmbeddingNorm, 0, spec.size, false);
  return weights;
}

LayerInputWeights bind_weights(WeightBinder& binder, const LayerInputSpec& spec,
                               std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  return {.gate = binder.linear(Role::LayerInputGate, layer, spec.size, hidden, false),
          .out = binder.linear(Role::LayerInputOut, layer, hidden, spec.size, false),
          .norm = binder.norm(Role::LayerInputNorm, layer, hidden, false)};
}

void make_layer_inputs(Pass& pass, const LayerInputSpec& spec, const Tensor& embedded, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const LayerEmbeddingWeights& weights = pass.model.layer_embedding();
  const Tensor own = pass.allocate(out.shape.columns());
  // The table may have fewer rows than there are tokens: the others have its first.
  std::vector<std::int32_t> rows(pass.batch.tokens.begin(), pass.batch.tokens.end());
  for (std::int32_t& row : rows) {
    if (row >= spec.vocabulary_size) row = 0;
  }
  pass.ops.embed(weights.table, rows, own);
  pass.ops.scale(own, root(spec.size), own);
  pass.ops.linear(embedded, std::array{project(weights.projection, out)});
  pass.ops.scale(out, 1 / root(pass.model.spec().hidden_size), out);
  const Tensor vectors{out.type, Shape{out.shape.element_count() / spec.size, spec.size}, out.data};
  pass.norm(weights.norm, vectors, vectors);
  pass.ops.add(out, own, 1, out);
  pass.ops.scale(out, std::numbers::sqrt2_v<float> / 2, out);
}

void mix_layer_input(Pass& pass, const LayerInputSpec& spec, const LayerInputWeights& weights,
                     std::int64_t layer, const Tensor& x, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t columns = pass.layer_inputs.shape.columns();
  const Tensor gate = pass.allocate(spec.size);
  const Tensor input = pass.allocate(spec.size);
  pass.ops.linear(x, std::array{project(weights.gate, gate)});
  pass.ops.copy({pass.layer_inputs, columns, layer * spec.size, spec.size},
                {input, spec.size, 0, spec.size});
  pass.ops.gate(spec.activation, gate, input, gate);
  pass.ops.linear(gate, std::array{project(weights.out, out)});
  pass.norm(weights.norm, out, out);
}

}  // namespace bantam::model
