#include "model/ffn/dense.h"

#include <array>
#include <cmath>
#include <vector>

#include "base/format.h"
#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

// Files hold p and n as what softplus makes positive, n without the slope; GGUF files in lists
// over the layers.
backend::Xielu bind_xielu(WeightBinder& binder, std::int64_t layer) {
  const auto number = [&](Role role, std::string_view key) {
    if (!binder.is_gguf()) return static_cast<double>(binder.number(role, layer));
    const formats::Metadata& metadata = binder.file().metadata();
    const auto all = metadata.reals(key).value_or(std::vector<double>{});
    if (std::ssize(all) <= layer) {
      metadata.fail(key, format("{} numbers", all.size()), "one for each layer");
    }
    return all[static_cast<std::size_t>(layer)];
  };
  const auto softplus = [](double value) { return std::log1p(std::exp(value)); };
  const double slope = number(Role::XieluSlope, "xielu.beta");
  return {.positive = static_cast<float>(softplus(number(Role::XieluPositive, "xielu.alpha_p"))),
          .negative =
              static_cast<float>(slope + softplus(number(Role::XieluNegative, "xielu.alpha_n"))),
          .slope = static_cast<float>(slope),
          .epsilon = static_cast<float>(number(Role::XieluEpsilon, "xielu.eps"))};
}

}  // namespace

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
  if (spec.has_xielu) weights.xielu = bind_xielu(binder, layer);
  return weights;
}

void feed(Pass& pass, const DenseFfnSpec& spec, const DenseFfnWeights& bound, const Tensor& normed,
          Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const backend::FfnShape& shape = spec.shape;
  const FfnWeights& weights = bound.matrices;
  const Tensor inner = pass.allocate(shape.size);
  if (shape.is_interleaved) {
    const Tensor both = pass.allocate(2 * shape.size);
    pass.ops.linear(normed, std::array{project(weights.up, both)});
    pass.ops.gate_clamped(both, {}, shape.clamp, inner);
  } else if (shape.is_gated) {
    const Tensor up = pass.allocate(shape.size);
    pass.ops.linear(normed, std::array{project(weights.gate, inner), project(weights.up, up)});
    if (spec.gate_scale != 1) pass.ops.scale(inner, spec.gate_scale, inner);
    if (spec.gate_cutoff) pass.ops.keep_above(inner, *spec.gate_cutoff, inner);
    pass.ops.gate(shape.activation, inner, up, inner);
  } else {
    pass.ops.linear(normed, std::array{project(weights.up, inner)});
    if (spec.has_xielu) {
      pass.ops.xielu(bound.xielu, inner, inner);
    } else {
      pass.ops.activate(shape.activation, inner, inner);
    }
  }
  if (spec.has_sub_norm) pass.norm(bound.sub_norm, inner, inner);
  pass.ops.linear(inner, std::array{project(weights.down, out)});
  if (spec.output_scale != 1) pass.ops.scale(out, spec.output_scale, out);
}

}  // namespace bantam::model
