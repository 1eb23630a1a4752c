// The feed-forward network that every token passes.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

DenseFfnWeights bind_weights(WeightBinder& binder, const DenseFfnSpec& spec, std::int64_t layer);

// out [rows, hidden] = the network of normed [rows, hidden].
void feed(Pass& pass, const DenseFfnSpec& spec, const DenseFfnWeights& weights,
          const Tensor& normed, Tensor out);

}  // namespace bantam::model
