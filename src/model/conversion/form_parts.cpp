#include "model/conversion/form_parts.h"

#include <algorithm>
#include <cmath>

#include "model/conversion/tensor_layout.h"

namespace bantam::model {
namespace {

const AttentionSpec* first_attention(const ModelSpec& spec) {
  for (const LayerSpec& layer : spec.layers) {
    if (const AttentionSpec* attention = attention_of(layer)) return attention;
  }
  return nullptr;
}

const StateSpaceSpec& first_state_space(const HyperParameters& p, const ModelSpec& spec) {
  for (const LayerSpec& layer : spec.layers) {
    if (const StateSpaceSpec* states = state_space_of(layer)) return *states;
  }
  p.fail({"attention.head_count_kv", "layer_types"}, "attention in every layer",
         "one layer at least with a state space");
}

}  // namespace

const MixtureFfnSpec* first_mixture(const ModelSpec& spec) {
  for (const LayerSpec& layer : spec.layers) {
    if (const auto* mixture = std::get_if<MixtureFfnSpec>(&layer.ffn)) return mixture;
  }
  return nullptr;
}

void add_rope_size(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  if (!spec.ropes.empty()) out.integer("rope.dimension_count", spec.ropes.front().rotated_size);
}

void add_window(const ModelSpec& spec, KeyWriter& out) {
  for (const LayerSpec& layer : spec.layers) {
    const auto* attention = std::get_if<AttentionSpec>(&layer.mixer);
    if (attention == nullptr || attention->window == kNoWindow) continue;
    if (attention->window < spec.context_length) {
      out.integer("attention.sliding_window", attention->window);
    }
    return;
  }
}

void restore_window(const HyperParameters& gguf, KeyWriter& out) {
  const auto window = gguf.integer(kWindowLengthKey.key, kWindow);
  if (window.value_or(0) > 0) out.integer("sliding_window", *window);
}

void add_renormalised(const ModelSpec& spec, bool usual, KeyWriter& out) {
  const MixtureFfnSpec* mixture = first_mixture(spec);
  if (mixture == nullptr || mixture->routing.is_renormalised == usual) return;
  out.boolean("expert_weights_norm", !usual);
}

void restore_renormalised(const ModelSpec& spec, KeyWriter& out) {
  const MixtureFfnSpec* mixture = first_mixture(spec);
  if (mixture != nullptr) out.boolean("norm_topk_prob", mixture->routing.is_renormalised);
}

void add_window_pattern(const ModelSpec& spec, KeyWriter& out) {
  std::vector<bool> sliding;
  for (const LayerSpec& layer : spec.layers) {
    const AttentionSpec* attention = attention_of(layer);
    sliding.push_back(attention != nullptr && attention->window != kNoWindow);
  }
  out.booleans("attention.sliding_window_pattern", std::move(sliding));
}

void add_kv_head_counts(const ModelSpec& spec, KeyWriter& out) {
  std::vector<std::int64_t> counts;
  for (const LayerSpec& layer : spec.layers) {
    const AttentionSpec* attention = attention_of(layer);
    counts.push_back(attention == nullptr ? 0 : attention->kv_head_count);
  }
  out.integers("attention.head_count_kv", std::move(counts));
}

void restore_kv_head_count(const ModelSpec& spec, KeyWriter& out) {
  const AttentionSpec* attention = first_attention(spec);
  if (attention != nullptr) out.integer("num_key_value_heads", attention->kv_head_count);
}

void add_state_space(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  const StateSpaceSpec& states = first_state_space(folder, spec);
  out.integer("ssm.conv_kernel", states.taps);
  out.integer("ssm.state_size", states.state_size);
  out.integer("ssm.group_count", states.group_count);
  out.integer("ssm.inner_size", states.head_count * states.head_size);
  out.integer("ssm.time_step_rank", states.head_count);
}

void restore_state_space(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  const StateSpaceSpec& states = first_state_space(gguf, spec);
  out.integer("mamba_d_conv", states.taps);
  out.integer("mamba_d_state", states.state_size);
  out.integer("mamba_n_groups", states.group_count);
  out.integer("mamba_n_heads", states.head_count);
  out.integer("mamba_d_head", states.head_size);
  const std::int64_t inner = states.head_count * states.head_size;
  if (inner % spec.hidden_size == 0) out.integer("mamba_expand", inner / spec.hidden_size);
  out.boolean("mamba_conv_bias", states.has_convolution_bias);
  out.boolean("mamba_proj_bias", states.has_bias);
}

void add_no_rope_scaling(const ModelSpec& spec, KeyWriter& out) {
  const bool is_plain =
      spec.ropes.empty() || std::holds_alternative<std::monostate>(spec.ropes.front().scaling);
  if (is_plain) out.text("rope.scaling.type", "none");
}

void restore_biases(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  const AttentionSpec* attention = first_attention(spec);
  const auto* ffn = std::get_if<DenseFfnSpec>(&spec.layers.front().ffn);
  out.boolean("attention_bias", attention != nullptr && attention->has_input_bias);
  out.boolean("mlp_bias", ffn != nullptr && ffn->has_bias);
}

void restore_layer_types(const ModelSpec& spec, KeyWriter& out) {
  std::vector<std::string> types;
  for (const LayerSpec& layer : spec.layers) {
    const auto* attention = std::get_if<AttentionSpec>(&layer.mixer);
    const bool slides = attention != nullptr && attention->window != kNoWindow;
    types.emplace_back(slides ? "sliding_attention" : "full_attention");
  }
  out.texts("layer_types", types);
}

void restore_mixer_types(const ModelSpec& spec, std::string_view state, std::string_view attention,
                         KeyWriter& out) {
  std::vector<std::string> types;
  for (const LayerSpec& layer : spec.layers) {
    types.emplace_back(attention_of(layer) != nullptr ? attention : state);
  }
  out.texts("layer_types", types);
}

void restore_query_scalar(const ModelSpec& spec, KeyWriter& out) {
  const AttentionSpec* attention = first_attention(spec);
  const double scalar =
      1 / (static_cast<double>(attention->scale) * static_cast<double>(attention->scale));
  out.real("query_pre_attn_scalar", std::round(scalar * 1e3) / 1e3);
}

void add_score_scale(const ModelSpec& spec, KeyWriter& out) {
  const AttentionSpec* attention = first_attention(spec);
  const auto usual = static_cast<float>(1 / std::sqrt(static_cast<double>(attention->head_size)));
  if (std::abs(attention->scale / usual - 1) > 1e-6f) {
    out.real("attention.scale", static_cast<double>(attention->scale));
  }
}

std::vector<bool> rotating_layers(const ModelSpec& spec) {
  std::vector<bool> rotates;
  for (const LayerSpec& layer : spec.layers) {
    const auto* attention = std::get_if<AttentionSpec>(&layer.mixer);
    rotates.push_back(attention != nullptr && attention->rope.has_value());
  }
  return rotates;
}

}  // namespace bantam::model
