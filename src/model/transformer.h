// The usual decoder: what most families share. A family's file states where it differs.
#pragma once

#include <functional>
#include <vector>

#include "model/hyper_parameters.h"
#include "model/model_spec.h"
#include "model/rope.h"

namespace bantam::model {

// What a family does where its files do not say.
struct Conventions {
  RopeConventions rope = {};
  bool has_rope = true;
  // Of attention in folders that leave them to their class; 0: they must say.
  std::int64_t head_count = 0;
  std::int64_t kv_head_count = 0;
  std::int64_t head_size = 0;
  std::int64_t context_length = 2048;  // of folders that leave it to their class
  backend::NormKind norm = backend::NormKind::Rms;
  double norm_epsilon = 1e-6;
  bool has_tied_output = false;
  kernels::Activation activation = kernels::Activation::Silu;
  bool states_activation = true;  // folders name the activation, and mean it
  bool is_gated = true;
};

// Layers of grouped attention without biases and windows, and of a dense feed-forward network, each
// behind a norm; equal but for key/value heads and width, where the file states those for each
// layer. One rope, used by every layer.
ModelSpec read_transformer(const HyperParameters& parameters, const Conventions& conventions);

// Calls visit(attention, layer index) for every layer that has such attention.
template <typename Visit>
void for_each_attention(ModelSpec& spec, const Visit& visit) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (auto* attention = std::get_if<AttentionSpec>(&spec.layers[i].mixer)) visit(*attention, i);
  }
}

template <typename Visit>
void for_each_dense_ffn(ModelSpec& spec, const Visit& visit) {
  for (LayerSpec& layer : spec.layers) {
    if (auto* ffn = std::get_if<DenseFfnSpec>(&layer.ffn)) visit(*ffn);
  }
}

// Biases as the folder's `attention_bias` and `mlp_bias` say, or as the GGUF file has them.
void read_biases(const HyperParameters& parameters, ModelSpec& spec);

// A window that published models of a family have, for files that may lack theirs.
struct KnownWindow {
  std::int64_t size = 0;  // 0: none has one
  std::string_view models = {};
  std::int64_t of_class = 0;  // of folders that leave theirs to their class; 0: they have none
};

// The window that the file states; 0: none.
std::int64_t window_size(const HyperParameters& parameters, const KnownWindow& known = {});

// A window on every layer, where the file states one.
void read_window(const HyperParameters& parameters, ModelSpec& spec, const KnownWindow& known = {});

// True for every layer but every `period`-th; 0: for all.
std::vector<bool> all_but_every(std::int64_t period, std::size_t layer_count);

// Which layers look through a window: as the file says (layer_types, or GGUF's
// sliding_window_pattern, which may be the period of those that do not), or else `otherwise`.
std::vector<bool> sliding_layers(const HyperParameters& parameters,
                                 const std::vector<bool>& otherwise);
// The same, otherwise all but every `full_every`-th.
std::vector<bool> sliding_layers(const HyperParameters& parameters, std::size_t layer_count,
                                 std::int64_t full_every);

// The layers that look through a window in Qwen 2 and 3: those from `max_window_layers` on, if
// `use_sliding_window` says so at all; or as layer_types says. No GGUF writer states it.
void read_last_windows(const HyperParameters& parameters, ModelSpec& spec);

// Takes the rotation from layers as the folder's no_rope_layers (1: the layer does rotate) or
// GGUF's rope_pattern says (flags, or the period of those that do not), or else from those that
// `otherwise` does not name.
void read_rotating_layers(const HyperParameters& parameters, const std::vector<bool>& otherwise,
                          ModelSpec& spec);

// The window of the file on the layers that look through one.
void set_windows(const HyperParameters& parameters, ModelSpec& spec,
                 const std::vector<bool>& is_sliding, const KnownWindow& known = {});

// The scale of the scores as Gemma's folders state it, by query_pre_attn_scalar. GGUF files do not:
// of published models only the one of `odd_layers` layers has a scalar that is not the head size,
// but hidden size / heads. Their key attention.scale, which no writer knows, goes before.
void read_query_scalar(const HyperParameters& parameters, std::int64_t odd_layers, ModelSpec& spec);

// The last layers, as many as the file says or else `missing`, read the keys and values of the last
// layer before all of them that looks, as they do, through a window or not.
void read_shared_kv(const HyperParameters& parameters, std::int64_t missing,
                    const std::vector<bool>& is_sliding, ModelSpec& spec);

// The second embedding; where the file does not say, of vectors of `missing` values (0: none).
void read_layer_inputs(const HyperParameters& parameters, std::int64_t missing, ModelSpec& spec);

// Latent attention in the place of the grouped one, with a rope of its own.
void set_latent_attention(const HyperParameters& parameters, const RopeConventions& conventions,
                          ModelSpec& spec);

// Which layers carry a state in the place of attention: as layer_types says, or GGUF's layers
// without key/value heads or its recurrent_layers.
std::vector<bool> recurrent_layers(const HyperParameters& parameters, std::size_t layer_count);

// The numbers of a Mamba-2 layer, without multipliers.
StateSpaceSpec read_state_space(const HyperParameters& parameters);

// Whether the weights of the chosen experts are divided by their sum. Most GGUF files do not say.
bool read_renormalised(const HyperParameters& parameters, bool usual_in_gguf,
                       bool usual_in_folders);

// Expert counts and sizes; how they are chosen is the family's to say.
MixtureFfnSpec read_mixture(const HyperParameters& parameters, const ModelSpec& spec);

}  // namespace bantam::model
