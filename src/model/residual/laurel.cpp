#include "model/residual/laurel.h"

#include <array>
#include <numbers>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {

LaurelWeights bind_laurel(WeightBinder& binder, std::int64_t rank, std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  return {.down = binder.linear(Role::LaurelDown, layer, rank, hidden, false),
          .up = binder.linear(Role::LaurelUp, layer, hidden, rank, false),
          .norm = binder.norm(Role::LaurelNorm, layer, hidden, false)};
}

void add_laurel(Pass& pass, const LaurelWeights& weights, const Tensor& normed,
                const Tensor& hidden) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor low = pass.allocate(weights.down.weight.shape.rows());
  const Tensor learned = pass.allocate(hidden.shape.columns());
  pass.ops.linear(normed, std::array{project(weights.down, low)});
  pass.ops.linear(low, std::array{project(weights.up, learned)});
  pass.norm(weights.norm, learned, learned);
  pass.ops.add(learned, normed, 1, learned);
  pass.ops.add(hidden, learned, 1, hidden);
  pass.ops.scale(hidden, std::numbers::sqrt2_v<float> / 2, hidden);
}

}  // namespace bantam::model
