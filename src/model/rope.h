// From a RopeSpec to the frequencies that rotate.
#pragma once

#include <span>

#include "backend/ops.h"
#include "model/model_spec.h"

namespace bantam::model {

// Inverse frequencies base^(-2i/n), scaled as the spec says, then divided by `divisors` [n/2] where
// there are any (GGUF's rope_freqs.weight). Computed in double precision. Sources: RoFormer (arXiv
// 2104.09864); the Llama 3.1 rule as published with its weights.
backend::RopeFrequencies rope_frequencies(const RopeSpec& spec, std::span<const float> divisors);

}  // namespace bantam::model
