#include "model/ffn/gated.h"

#include <array>

namespace bantam::model {

void feed(Pass& pass, const GatedFfnSpec& spec, const GatedFfnWeights& weights,
          const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor gate = pass.allocate(spec.size);
  const Tensor up = pass.allocate(spec.size);
  pass.ops.linear(normed, std::array{project(weights.gate, gate), project(weights.up, up)});
  pass.ops.silu_multiply(gate, up, gate);
  pass.ops.linear(gate, std::array{project(weights.down, out)});
}

}  // namespace bantam::model
