// The divisors by which GGUF files state Llama 3's stretching of rotary frequencies, and which
// pairs stand still.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/model_spec.h"

namespace bantam::model {

// [rotated / 2], in single precision as llama.cpp's converter computes them.
std::vector<float> llama3_divisors(const RopeSpec& rope);

// [rotated / 2]: 1 for the pairs that turn and, as llama.cpp's converter has it, 1e30 for the
// others.
std::vector<float> still_divisors(const RopeSpec& rope);

// The scaling that gives these divisors, with the published original context length of 8192 and as
// few digits as do; nothing where there is none.
std::optional<Llama3RopeScaling> find_llama3_scaling(const RopeSpec& rope,
                                                     std::span<const float> divisors);

}  // namespace bantam::model
