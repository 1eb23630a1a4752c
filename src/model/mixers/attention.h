// Softmax attention over the paged cache.
#pragma once

#include "model/pass.h"

namespace bantam::model {

// out [rows, hidden] = attention of normed [rows, hidden]; also stores the batch's keys and values.
void mix(Pass& pass, const AttentionSpec& spec, const AttentionWeights& weights, std::int64_t layer,
         const Tensor& normed, Tensor out);

}  // namespace bantam::model
