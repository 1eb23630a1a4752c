// The keys that most families share, and the folder names of a rope; internal to conversion.
#pragma once

#include <span>
#include <string_view>

#include "model/conversion/gguf_form.h"

namespace bantam::model {

std::span<const SharedKey> common_keys();

// As config.json spells it; empty for one that it has no name for.
std::string_view activation_name(kernels::Activation activation);

// Keys of a folder's rope: rope_parameters of Transformers 5, or what stood in their place.
inline constexpr Key kRopeBase{
    "rope.freq_base",
    "rope_theta|rope_parameters.full_attention.rope_theta|rope_parameters.rope_theta|"
    "rotary_emb_base|rope_embedding_base"};
inline constexpr Key kSlidingRopeBase{
    "rope.freq_base_swa", "rope_local_base_freq|rope_parameters.sliding_attention.rope_theta"};

// Rope scaling as GGUF keys, and back. Divisors are a tensor: see rope_divisors.h.
void add_rope_scaling(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out);
void restore_rope(const HyperParameters& gguf, const GgufForm& form, const ModelSpec& spec,
                  KeyWriter& out);

}  // namespace bantam::model
