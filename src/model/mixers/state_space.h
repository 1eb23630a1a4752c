// Selective state space (Mamba-2), alone or beside attention.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

StateSpaceWeights bind_weights(WeightBinder& binder, const StateSpaceSpec& spec,
                               std::int64_t layer);
ParallelMixerWeights bind_weights(WeightBinder& binder, const ParallelMixerSpec& spec,
                                  std::int64_t layer);

backend::KvLayerShape kv_shape(const StateSpaceSpec& spec);
backend::KvLayerShape kv_shape(const ParallelMixerSpec& spec);
std::int64_t heads_per_kv(const StateSpaceSpec& spec);
std::int64_t heads_per_kv(const ParallelMixerSpec& spec);

// out [rows, hidden]; also moves the state of the batch's sequences on.
void mix(Pass& pass, const StateSpaceSpec& spec, const StateSpaceWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out);
// The sum of both mixers.
void mix(Pass& pass, const ParallelMixerSpec& spec, const ParallelMixerWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out);

}  // namespace bantam::model
