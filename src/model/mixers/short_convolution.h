// Gated short convolution (LFM2): in the place of attention, a look at the last few tokens.
#pragma once

#include "model/weights.h"

namespace bantam::model {

struct Pass;
class WeightBinder;

ShortConvolutionWeights bind_weights(WeightBinder& binder, const ShortConvolutionSpec& spec,
                                     std::int64_t layer);

backend::KvLayerShape kv_shape(const ShortConvolutionSpec& spec);
std::int64_t heads_per_kv(const ShortConvolutionSpec& spec);

// out [rows, hidden]; also moves the state of the batch's sequences on.
void mix(Pass& pass, const ShortConvolutionSpec& spec, const ShortConvolutionWeights& weights,
         std::int64_t layer, const Tensor& normed, Tensor out);

}  // namespace bantam::model
