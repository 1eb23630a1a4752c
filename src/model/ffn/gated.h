// The gated feed-forward network (SwiGLU).
#pragma once

#include "model/pass.h"

namespace bantam::model {

// out [rows, hidden] = down(silu(gate(normed)) * up(normed)).
void feed(Pass& pass, const GatedFfnSpec& spec, const GatedFfnWeights& weights,
          const Tensor& normed, Tensor out);

}  // namespace bantam::model
