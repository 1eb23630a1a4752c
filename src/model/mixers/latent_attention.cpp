#include "model/mixers/latent_attention.h"

#include <array>

#include "model/pass.h"
#include "model/weight_binder.h"

namespace bantam::model {
namespace {

// From one matrix with the rows of each head's keys, then values; or from the two that GGUF files
// hold, keys transposed already.
void bind_latent_up(WeightBinder& binder, const LatentAttentionSpec& spec, std::int64_t layer,
                    LatentAttentionWeights& weights) {
  const std::int64_t latent = spec.latent_size, plain = spec.plain_size, value = spec.value_size;
  const std::int64_t heads = spec.head_count;
  if (binder.has(Role::LatentKeyUp, layer)) {
    const Tensor keys =
        binder.stored(Role::LatentKeyUp, Part::Weight, layer, 0, Shape{heads, latent, plain});
    const Tensor values =
        binder.stored(Role::LatentValueUp, Part::Weight, layer, 0, Shape{heads, value, latent});
    for (std::int64_t head = 0; head < heads; ++head) {
      weights.key_up.push_back(rows_of(keys, head * latent, latent));
      weights.value_up.push_back(rows_of(values, head * value, value));
    }
    return;
  }
  const Tensor both = binder.matrix(Role::LatentUp, layer, heads * (plain + value), latent);
  for (std::int64_t head = 0; head < heads; ++head) {
    const std::int64_t first = head * (plain + value);
    weights.key_up.push_back(binder.transposed(rows_of(both, first, plain)));
    weights.value_up.push_back(rows_of(both, first + plain, value));
  }
}

}  // namespace

LatentAttentionWeights bind_weights(WeightBinder& binder, const LatentAttentionSpec& spec,
                                    std::int64_t layer) {
  const std::int64_t hidden = binder.spec().hidden_size;
  const std::int64_t queries = spec.head_count * (spec.plain_size + spec.rotated_size);
  LatentAttentionWeights weights;
  if (spec.query_rank > 0) {
    weights.query_down = binder.linear(Role::QueryDown, layer, spec.query_rank, hidden, false);
    weights.query_norm = binder.norm(Role::QueryDownNorm, layer, spec.query_rank, false);
    weights.query = binder.linear(Role::QueryUp, layer, queries, spec.query_rank, false);
  } else {
    weights.query = binder.linear(Role::Query, layer, queries, hidden, false);
  }
  weights.latent =
      binder.linear(Role::LatentDown, layer, spec.latent_size + spec.rotated_size, hidden, false);
  weights.latent_norm = binder.norm(Role::LatentNorm, layer, spec.latent_size, false);
  bind_latent_up(binder, spec, layer, weights);
  weights.output =
      binder.linear(Role::AttentionOutput, layer, hidden, spec.head_count * spec.value_size, false);
  return weights;
}

backend::KvLayerShape kv_shape(const LatentAttentionSpec& spec) {
  return {.head_count = 1,
          .key_size = spec.latent_size + spec.rotated_size,
          .value_size = spec.latent_size,
          .has_values_in_keys = true};
}

std::int64_t heads_per_kv(const LatentAttentionSpec& spec) { return spec.head_count; }

void mix(Pass& pass, const LatentAttentionSpec& spec, const LatentAttentionWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out) {
  const backend::ArenaScope scope(pass.ops);
  const std::int64_t latent = spec.latent_size, plain = spec.plain_size;
  const std::int64_t rotated = spec.rotated_size, query = plain + rotated;
  const std::int64_t key = latent + rotated;
  const backend::RopeFrequencies& rope = pass.model.ropes()[spec.rope];

  const Tensor queries = pass.allocate(spec.head_count * query);
  if (spec.query_rank > 0) {
    const Tensor down = pass.allocate(spec.query_rank);
    pass.ops.linear(normed, std::array{project(weights.query_down, down)});
    pass.norm(weights.query_norm, down, down);
    pass.ops.linear(down, std::array{project(weights.query, queries)});
  } else {
    pass.ops.linear(normed, std::array{project(weights.query, queries)});
  }
  pass.ops.rope({queries, query, plain, rotated}, rope.pairs, pass.angles[spec.rope]);

  const Tensor keys = pass.allocate(key);
  const Tensor latents = pass.allocate(latent);
  pass.ops.linear(normed, std::array{project(weights.latent, keys)});
  pass.ops.copy({keys, key, 0, latent}, {latents, latent, 0, latent});
  pass.norm(weights.latent_norm, latents, latents);
  pass.ops.copy({latents, latent, 0, latent}, {keys, key, 0, latent});
  pass.ops.rope({keys, key, latent, rotated}, rope.pairs, pass.angles[spec.rope]);
  pass.ops.write_kv(keys, {}, pass.batch, pass.cache, layer);

  const Tensor absorbed = pass.allocate(spec.head_count * key);
  pass.ops.head_linear({queries, query, 0, plain}, weights.key_up, {absorbed, key, 0, latent});
  pass.ops.copy({queries, query, plain, rotated}, {absorbed, key, latent, rotated});
  const Tensor seen = pass.allocate(spec.head_count * latent);
  pass.ops.attention(absorbed,
                     {.head_count = spec.head_count, .head_size = key, .scale = spec.scale},
                     pass.batch, pass.cache, layer, seen);
  const Tensor attended = pass.allocate(spec.head_count * spec.value_size);
  pass.ops.head_linear({seen, latent, 0, latent}, weights.value_up,
                       {attended, spec.value_size, 0, spec.value_size});
  pass.ops.linear(attended, std::array{project(weights.output, out)});
}

}  // namespace bantam::model
