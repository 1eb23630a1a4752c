#include "model/mixers/attention.h"

#include <array>

namespace bantam::model {

void mix(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const Tensor queries = pass.allocate(spec.head_count * spec.head_size);
  const Tensor keys = pass.allocate(spec.kv_head_count * spec.head_size);
  const Tensor values = pass.allocate(spec.kv_head_count * spec.head_size);
  pass.ops.linear(normed, std::array{project(weights.query, queries), project(weights.key, keys),
                                     project(weights.value, values)});
  if (spec.rope) {
    const backend::RopeFrequencies& rope = pass.model.ropes()[*spec.rope];
    pass.ops.rope(queries, spec.head_size, rope, pass.angles[*spec.rope]);
    pass.ops.rope(keys, spec.head_size, rope, pass.angles[*spec.rope]);
  }
  pass.ops.write_kv(keys, values, pass.batch, pass.cache, layer);
  const Tensor attended = pass.allocate(spec.head_count * spec.head_size);
  pass.ops.attention(
      queries, {.head_count = spec.head_count, .head_size = spec.head_size, .scale = spec.scale},
      pass.batch, pass.cache, layer, attended);
  pass.ops.linear(attended, std::array{project(weights.output, out)});
}

}  // namespace bantam::model
