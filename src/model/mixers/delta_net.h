// Linear attention by the gated delta rule (Gated DeltaNet, as in Qwen3.5).
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

DeltaNetWeights bind_weights(WeightBinder& binder, const DeltaNetSpec& spec, std::int64_t layer);

backend::KvLayerShape kv_shape(const DeltaNetSpec& spec);
std::int64_t heads_per_kv(const DeltaNetSpec& spec);

// out [rows, hidden]; also moves the state of the batch's sequences on.
void mix(Pass& pass, const DeltaNetSpec& spec, const DeltaNetWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out);

}  // namespace bantam::model
