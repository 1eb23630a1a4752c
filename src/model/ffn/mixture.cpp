#include "model/ffn/mixture.h"

#include <array>

#include "model/ffn/dense.h"
#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

// A matrix of every expert: slices of one tensor [experts, outputs, inputs], or a tensor each.
std::vector<Tensor> bind_experts(WeightBinder& binder, Role role, std::int64_t layer,
                                 std::int64_t count, std::int64_t outputs, std::int64_t inputs) {
  std::vector<Tensor> experts;
  const bool is_stacked = binder.is_gguf();
  const Tensor all =
      is_stacked ? binder.stored(role, Part::Weight, layer, 0, Shape{count, outputs, inputs})
                 : Tensor{};
  for (std::int64_t expert = 0; expert < count; ++expert) {
    experts.push_back(
        is_stacked ? rows_of(all, expert * outputs, outputs)
                   : binder.stored(role, Part::Weight, layer, expert, Shape{outputs, inputs}));
  }
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
  const std::int64_t size = spec.expert.size;
  const auto gate = bind_experts(binder, Role::ExpertGate, layer, count, size, hidden);
  const auto up = bind_experts(binder, Role::ExpertUp, layer, count, size, hidden);
  const auto down = bind_experts(binder, Role::ExpertDown, layer, count, hidden, size);
  for (std::size_t i = 0; i < up.size(); ++i) {
    weights.experts.push_back({{gate[i], {}}, {up[i], {}}, {down[i], {}}});
  }
  if (spec.shared) {
    const std::int64_t shared = spec.shared->size;
    weights.shared = {binder.linear(Role::SharedGate, layer, shared, hidden, false),
                      binder.linear(Role::SharedUp, layer, shared, hidden, false),
                      binder.linear(Role::SharedDown, layer, hidden, shared, false)};
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
  feed(pass, *spec.shared, weights.shared, {}, normed, shared);
  pass.ops.add(out, shared, 1, out);
}

}  // namespace bantam::model
