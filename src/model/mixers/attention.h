// Softmax attention over the paged cache.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

AttentionWeights bind_weights(WeightBinder& binder, const AttentionSpec& spec, std::int64_t layer);

// What a layer of it keeps in the cache, and query heads that share a key/value head.
backend::KvLayerShape kv_shape(const AttentionSpec& spec);
std::int64_t heads_per_kv(const AttentionSpec& spec);

// out [rows, hidden] = attention of normed [rows, hidden]; also stores the batch's keys and values.
void mix(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out);

}  // namespace bantam::model
