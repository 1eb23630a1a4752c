// Multi-head latent attention, computed in the latent's space ("absorbed"): the cache keeps one
// latent vector and one rotated key a token, and every head attends to these.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

LatentAttentionWeights bind_weights(WeightBinder& binder, const LatentAttentionSpec& spec,
                                    std::int64_t layer);

backend::KvLayerShape kv_shape(const LatentAttentionSpec& spec);
std::int64_t heads_per_kv(const LatentAttentionSpec& spec);

// out [rows, hidden] = attention of normed [rows, hidden]; also stores the batch's latents.
void mix(Pass& pass, const LatentAttentionSpec& spec, const LatentAttentionWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out);

}  // namespace bantam::model
