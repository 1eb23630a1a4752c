#include "model/ffn/dense.h"

#include <array>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {

DenseFfnWeights bind_weights(WeightBinder& binder, const DenseFfnSpec& spec, std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t size = spec.shape.size;
  DenseFfnWeights weights;
  FfnWeights& matrices = weights.matrices;
  if (spec.shape.is_interleaved) {
    matrices.up = binder.linear(Role::FfnUp, layer, 2 * size, hidden, spec.has_bias);
  } else if (spec.shape.is_gated && spec.is_fused) {
    const LinearWeights both =
        binder.linear(Role::FfnGateUp, layer, 2 * size, hidden, spec.has_bias);
    matrices.gate = outputs_of(both, 0, size);
    matrices.up = outputs_of(both, size, size);
  } else {
    if (spec.shape.is_gated) {
      matrices.gate = binder.linear(Role::FfnGate, layer, size, hidden, spec.has_bias);
    }
    matrices.up = binder.linear(Role::FfnUp, layer, size, hidden, spec.has_bias);
  }
  matrices.down = binder.linear(Role::FfnDown, layer, hidden, size, spec.has_bias);
  if (spec.has_sub_norm) weights.sub_norm = binder.norm(Role::FfnSubNorm, layer, size, false);
  return weights;
}

void feed(Pass& pass, const backend::FfnShape& shape, const FfnWeights& weights,
          const NormWeights& sub_norm, const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor inner = pass.allocate(shape.size);
  if (shape.is_interleaved) {
    const Tensor both = pass.allocate(2 * shape.size);
    pass.ops.linear(normed, std::array{project(weights.up, both)});
    pass.ops.gate_clamped(both, {}, shape.clamp, inner);
  } else if (shape.is_gated) {
    const Tensor up = pass.allocate(shape.size);
    pass.ops.linear(normed, std::array{project(weights.gate, inner), project(weights.up, up)});
    pass.ops.gate(shape.activation, inner, up, inner);
  } else {
    pass.ops.linear(normed, std::array{project(weights.up, inner)});
    pass.ops.activate(shape.activation, inner, inner);
  }
  if (!sub_norm.weight.empty()) pass.norm(sub_norm, inner, inner);
  pass.ops.linear(inner, std::array{project(weights.down, out)});
}

void feed(Pass& pass, const DenseFfnSpec& spec, const DenseFfnWeights& weights,
          const Tensor& normed, Tensor out) {
  feed(pass, spec.shape, weights.matrices, weights.sub_norm, normed, out);
}

}  // namespace bantam::model
