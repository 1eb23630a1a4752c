// What the GGUF forms of several families have in common.
#pragma once

#include <vector>

#include "model/conversion/gguf_form.h"

namespace bantam::model {

inline constexpr SharedKey kVocabularyKey{{"vocab_size", "vocab_size"}};
inline constexpr SharedKey kWindowLengthKey{{"attention.sliding_window", "sliding_window"}};
// GGUF files of the family leave the base of its rope to readers.
inline constexpr SharedKey kNoRopeBase{{"rope.freq_base", ""}, formats::GgufType::F32};

// rope.dimension_count: the values of a head that rotate.
void add_rope_size(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out);

// What files state beyond the converter, where it is not as in published models.
inline constexpr OwnKey kOwnWindow{"attention.sliding_window", "sliding_window", "no window"};
inline constexpr OwnKey kOwnSum{"expert_weights_norm", "norm_topk_prob",
                                "the published models' way"};
inline constexpr OwnKey kOwnRotation{"attention.rope_pattern", "no_rope_layers",
                                     "every fourth layer without rotation"};
inline constexpr OwnKey kOwnScale{"attention.scale", "query_pre_attn_scalar",
                                  "the scale of the published model of as many layers"};

// The window of the layers, for families whose GGUF files usually lack it: readers that do not know
// the key look further back.
void add_window(const ModelSpec& spec, KeyWriter& out);
void restore_window(const HyperParameters& gguf, KeyWriter& out);

// The mixture of the first layer that has one; null where every layer is dense.
const MixtureFfnSpec* first_mixture(const ModelSpec& spec);

// expert_weights_norm, where it is not what readers take for granted; and norm_topk_prob.
void add_renormalised(const ModelSpec& spec, bool usual, KeyWriter& out);
void restore_renormalised(const ModelSpec& spec, KeyWriter& out);

// GGUF's list of the layers that look through a window.
void add_window_pattern(const ModelSpec& spec, KeyWriter& out);

// The key/value heads of each layer, 0 for those without attention; and their one number back.
void add_kv_head_counts(const ModelSpec& spec, KeyWriter& out);
void restore_kv_head_count(const ModelSpec& spec, KeyWriter& out);

// Mamba-2's sizes: ssm.* and mamba_*.
// Throw BadFile where no layer has a state.
void add_state_space(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out);
void restore_state_space(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out);

// rope.scaling.type "none", where rope is not stretched.
void add_no_rope_scaling(const ModelSpec& spec, KeyWriter& out);

// attention_bias and mlp_bias.
void restore_biases(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out);

// layer_types: which layers look through a window.
void restore_layer_types(const ModelSpec& spec, KeyWriter& out);

// layer_types of networks in which most layers carry a state, by the names of both kinds.
void restore_mixer_types(const ModelSpec& spec, std::string_view state, std::string_view attention,
                         KeyWriter& out);

// query_pre_attn_scalar of Gemma, the size whose square root divides the scores.
void restore_query_scalar(const ModelSpec& spec, KeyWriter& out);

// attention.scale, where it does not follow from the head size.
void add_score_scale(const ModelSpec& spec, KeyWriter& out);

// Which layers rotate queries and keys; those without attention do not.
std::vector<bool> rotating_layers(const ModelSpec& spec);

}  // namespace bantam::model
