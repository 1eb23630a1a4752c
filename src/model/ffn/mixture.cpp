#include "model/ffn/mixture.h"

#include <array>
#include <utility>

#include "model/ffn/dense.h"
#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

// Row `index` of a matrix of biases [experts, size].
Tensor bias_of(const Tensor& biases, std::int64_t index) {
  return {biases.type, Shape{biases.shape.columns()}, biases.row(index)};
}

// A matrix of every expert with its bias.
std::vector<LinearWeights> bind_experts(WeightBinder& binder, const MixtureFfnSpec& spec, Role role,
                                        std::int64_t layer, std::int64_t outputs,
                                        std::int64_t inputs) {
  const std::int64_t count = spec.routing.expert_count;
  std::vector<LinearWeights> experts(static_cast<std::size_t>(count));
  const bool is_transposed =
      spec.layout == ExpertLayout::FusedTransposed && !binder.is_quantized(role, layer);
  const bool is_separate = spec.layout == ExpertLayout::Separate;
  const std::int64_t rows = is_transposed ? inputs : outputs;
  const std::int64_t columns = is_transposed ? outputs : inputs;
  Tensor all, biases;
  if (!is_separate) all = binder.stored(role, Part::Weight, layer, 0, Shape{count, rows, columns});
  if (spec.has_bias) {
    biases = binder.as_floats(binder.stored(role, Part::Bias, layer, 0, Shape{count, outputs}));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    LinearWeights& expert = experts[static_cast<std::size_t>(i)];
    if (is_separate) {
      expert = binder.weight(role, layer, i, outputs, inputs);
    } else {
      expert.weight = rows_of(all, i * rows, rows);
    }
    if (is_transposed) expert.weight = binder.transposed(expert.weight);
    if (spec.has_bias) expert.bias = bias_of(biases, i);
  }
  return experts;
}

std::vector<FfnWeights> bind_experts(WeightBinder& binder, const MixtureFfnSpec& spec,
                                     std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size, size = spec.expert.size;
  std::vector<FfnWeights> experts;
  if (spec.layout == ExpertLayout::Fused || spec.layout == ExpertLayout::FusedTransposed) {
    for (LinearWeights& both :
         bind_experts(binder, spec, Role::ExpertGateUp, layer, 2 * size, hidden)) {
      if (spec.expert.is_interleaved) {
        experts.push_back({{}, std::move(both), {}});
      } else {
        experts.push_back({outputs_of(both, 0, size), outputs_of(both, size, size), {}});
      }
    }
  } else {
    auto gates = bind_experts(binder, spec, Role::ExpertGate, layer, size, hidden);
    auto ups = bind_experts(binder, spec, Role::ExpertUp, layer, size, hidden);
    for (std::size_t i = 0; i < ups.size(); ++i) {
      experts.push_back({std::move(gates[i]), std::move(ups[i]), {}});
    }
  }
  auto downs = bind_experts(binder, spec, Role::ExpertDown, layer, hidden, size);
  for (std::size_t i = 0; i < downs.size(); ++i) experts[i].down = std::move(downs[i]);
  return experts;
}

}  // namespace

MixtureFfnWeights bind_weights(WeightBinder& binder, const MixtureFfnSpec& spec,
                               std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t count = spec.routing.expert_count;
  MixtureFfnWeights weights;
  weights.router = binder.linear(Role::Router, layer, count, hidden, spec.has_bias);
  if (spec.has_choice_bias) {
    weights.choice_bias = binder.vector(Role::RouterChoiceBias, Part::Weight, layer, count);
  }
  weights.experts = bind_experts(binder, spec, layer);
  if (spec.shared) {
    const std::int64_t shared = spec.shared->shape.size;
    FfnWeights& matrices = weights.shared.matrices;
    if (spec.shared->is_fused) {
      const LinearWeights both =
          binder.linear(Role::SharedGateUp, layer, 2 * shared, hidden, false);
      matrices.gate = outputs_of(both, 0, shared);
      matrices.up = outputs_of(both, shared, shared);
    } else {
      matrices.gate = binder.linear(Role::SharedGate, layer, shared, hidden, false);
      matrices.up = binder.linear(Role::SharedUp, layer, shared, hidden, false);
    }
    matrices.down = binder.linear(Role::SharedDown, layer, hidden, shared, false);
  }
  return weights;
}

void feed(Pass& pass, const MixtureFfnSpec& spec, const MixtureFfnWeights& weights,
          const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor logits = pass.allocate(spec.routing.expert_count);
  pass.ops.linear(normed, std::array{project(weights.router, logits)});
  Tensor ids = pass.allocate(spec.routing.used_count);
  ids.type = DType::I32;
  const backend::ExpertChoice choice{ids, pass.allocate(spec.routing.used_count)};
  pass.ops.choose_experts(logits, spec.has_choice_bias ? &weights.choice_bias : nullptr,
                          spec.routing, choice);
  pass.ops.experts(normed, choice, spec.expert, weights.experts, out);
  if (!spec.shared) return;
  const Tensor shared = pass.allocate(out.shape.columns());
  feed(pass, *spec.shared, weights.shared, normed, shared);
  pass.ops.add(out, shared, 1, out);
}

}  // namespace bantam::model
