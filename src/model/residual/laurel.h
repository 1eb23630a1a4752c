// LAuReL, a learned augmented residual layer (Menghani et al. 2024) of low rank, as Gemma 3n has
// it.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

LaurelWeights bind_laurel(WeightBinder& binder, std::int64_t rank, std::int64_t layer);

// hidden = (hidden + normed + norm(up(down(normed)))) / sqrt(2), all [rows, hidden].
void add_laurel(Pass& pass, const LaurelWeights& weights, const Tensor& normed,
                const Tensor& hidden);

}  // namespace bantam::model
