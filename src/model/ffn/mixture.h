// A mixture of experts: a router chooses for each token the few feed-forward networks it passes.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

MixtureFfnWeights bind_weights(WeightBinder& binder, const MixtureFfnSpec& spec,
                               std::int64_t layer);

// out [rows, hidden] = the chosen experts of normed [rows, hidden], and the shared one.
void feed(Pass& pass, const MixtureFfnSpec& spec, const MixtureFfnWeights& weights,
          const Tensor& normed, Tensor out);

}  // namespace bantam::model
