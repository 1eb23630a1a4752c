#include "model/conversion/form_parts.h"

#include <cmath>

namespace bantam::model {
namespace {

const AttentionSpec* first_attention(const ModelSpec& spec) {
  for (const LayerSpec& layer : spec.layers) {
    if (const auto* attention = std::get_if<AttentionSpec>(&layer.mixer)) return attention;
  }
  return nullptr;
}

}  // namespace

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

}  // namespace bantam::model
