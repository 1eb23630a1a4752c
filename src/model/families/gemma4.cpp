// Gemma 4, the text part: Gemma 3 with larger heads in the layers that see everything, a norm on
// values, a second embedding for every layer, and last layers that read earlier keys and values.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr RopeConventions kRope{.base = 1e6};
constexpr Key kKeysAsValues{"", "attention_k_eq_v"};

// What the class can do besides and nothing here computes.
void refuse_variants(const HyperParameters& p) {
  constexpr Key kExperts{"expert_count", "num_experts"}, kHasExperts{"", "enable_moe_block"},
      kDirections{"", "use_bidirectional_attention"};
  const std::int64_t experts = p.integer(kExperts, {0, kExpertCount.high}).value_or(0);
  if (p.is_gguf() ? experts > 0 : p.boolean(kHasExperts).value_or(false)) {
    p.fail_unsupported(p.is_gguf() ? kExperts : kHasExperts,
                       p.is_gguf() ? to_text(experts) : "true", "no experts");
  }
  if (p.text(kDirections).value_or("") == "all") {
    p.fail_unsupported(kDirections, quoted("all"), "null or \"vision\"");
  }
}

// The last layer sees everything whatever folders say.
std::vector<bool> read_sliding(const HyperParameters& p, const ModelSpec& spec) {
  std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 6);
  if (!p.is_gguf()) sliding[spec.layers.size() - 1] = false;
  return sliding;
}

// Whether the folder lists layers that differ, of which nothing but their heads may.
bool has_layer_config(const HyperParameters& p) {
  const std::string place = p.name({"", "per_layer_config."});
  bool has_any = false;
  for (const auto& [key, entry] : p.metadata().entries()) {
    if (!key.starts_with(place)) continue;
    has_any = true;
    const std::string_view what = std::string_view(key).substr(key.rfind('.') + 1);
    if (what == "head_dim" || what == "num_key_value_heads") continue;
    p.fail_unsupported({"", "per_layer_config"}, quoted(what), "head_dim, num_key_value_heads");
  }
  return has_any;
}

void read_kv_heads(const HyperParameters& p, Key key, AttentionSpec& attention) {
  attention.kv_head_count = p.integer(key, kHeadCount).value_or(attention.kv_head_count);
  if (attention.head_count % attention.kv_head_count == 0) return;
  p.fail(key, to_text(attention.kv_head_count),
         format("a divisor of the {} query heads", attention.head_count));
}

void read_listed_heads(const HyperParameters& p, std::size_t layer, AttentionSpec& attention) {
  const std::string place = format("per_layer_config.{}.", layer);
  const std::string size = place + "head_dim", heads = place + "num_key_value_heads";
  attention.head_size = p.integer({"", size}, kHeadSize).value_or(attention.head_size);
  read_kv_heads(p, {"", heads}, attention);
}

// Heads of layers that see everything differ from those of the others.
void read_heads(const HyperParameters& p, const std::vector<bool>& sliding, ModelSpec& spec) {
  constexpr Key kSlidingSize{"attention.key_length_swa", ""}, kFullSize{"", "global_head_dim"},
      kFullHeads{"", "num_global_key_value_heads"};
  const bool is_listed = !p.is_gguf() && has_layer_config(p);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    if (p.is_gguf()) {
      if (!sliding[layer]) return;
      attention.head_size = p.integer(kSlidingSize, kHeadSize).value_or(attention.head_size);
    } else if (is_listed) {
      read_listed_heads(p, layer, attention);
    } else if (!sliding[layer]) {
      attention.head_size = p.integer(kFullSize, kHeadSize).value_or(512);
      if (p.boolean(kKeysAsValues).value_or(false)) read_kv_heads(p, kFullHeads, attention);
    }
  });
}

// The size that all heads of layers with a window, or of those without one, share: they turn alike.
std::int64_t common_head_size(const HyperParameters& p, const ModelSpec& spec,
                              const std::vector<bool>& sliding, bool is_sliding) {
  std::int64_t size = 0;
  for (std::size_t layer = 0; layer < spec.layers.size(); ++layer) {
    if (sliding[layer] != is_sliding) continue;
    const std::int64_t own = std::get<AttentionSpec>(spec.layers[layer].mixer).head_size;
    if (size != 0 && own != size) {
      p.fail_unsupported({"", "per_layer_config"}, format("heads of {} and {} values", size, own),
                         "one size for each of the layer_types");
    }
    size = own;
  }
  return size;
}

void read_ropes(const HyperParameters& p, const std::vector<bool>& sliding, ModelSpec& spec) {
  constexpr Key kType{"", "rope_parameters.full_attention.rope_type"};
  if (!p.is_gguf() && !p.has(kType)) p.fail(kType, "nothing", "\"proportional\" or \"default\"");
  const std::int64_t full_size = common_head_size(p, spec, sliding, false);
  if (full_size == 0) {
    p.fail({"attention.sliding_window_pattern", "layer_types"}, "a window in every layer",
           "at least one layer that sees everything");
  }
  spec.ropes = {read_rope(p, kRope, full_size, "full_attention")};
  if (const std::int64_t size = common_head_size(p, spec, sliding, true); size > 0) {
    spec.ropes.push_back(read_sliding_rope(p, kRope, size));
  }
}

// Folders do not state the width of layers that read earlier keys, GGUF files that of every layer.
void widen_shared(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kDoubles{"", "use_double_wide_mlp"};
  if (p.is_gguf() || !p.boolean(kDoubles).value_or(false)) return;
  for (LayerSpec& layer : spec.layers) {
    if (!std::get<AttentionSpec>(layer.mixer).kv_layer) continue;
    std::get<DenseFfnSpec>(layer.ffn).shape.size *= 2;
  }
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kLogitCap{"final_logit_softcapping", "final_logit_softcapping"};
  refuse_variants(p);
  ModelSpec spec = read_transformer(p, {.rope = kRope,
                                        .head_count = 8,
                                        .kv_head_count = 4,
                                        .head_size = 256,
                                        .has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh});
  spec.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(spec.hidden_size)));
  spec.logit_softcap = static_cast<float>(p.positive(kLogitCap).value_or(0));
  read_biases(p, spec);
  const std::vector<bool> sliding = read_sliding(p, spec);
  read_heads(p, sliding, spec);
  read_ropes(p, sliding, spec);
  set_windows(p, spec, sliding, {.size = 512, .models = "Gemma 4 E4B", .of_class = 512});
  const bool keys_as_values = p.boolean(kKeysAsValues).value_or(false);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    const auto index = static_cast<std::int64_t>(layer);
    attention.scale = 1;
    attention.head_norm = HeadNorm::PerHead;
    attention.has_value_norm = true;
    attention.has_keys_as_values = p.is_gguf() ? !p.has_tensor(Role::Value, Part::Weight, index)
                                               : keys_as_values && !sliding[layer];
    attention.rope = sliding[layer] ? 1 : 0;
  });
  read_shared_kv(p, 0, sliding, spec);
  widen_shared(p, spec);
  read_layer_inputs(p, p.is_gguf() ? 0 : 256, spec);
  for (LayerSpec& layer : spec.layers) {
    layer.has_output_norms = true;
    layer.has_scale = p.has_tensor(Role::LayerScale, Part::Weight, layer.stored_layer);
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"gemma4"};
constexpr std::string_view kTypes[] = {"gemma4_text"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "", "model.layers.{}.pre_feedforward_layernorm.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {
    kWindowLengthKey,
    {{"rope.freq_base", "rope_parameters.full_attention.rope_theta"}, F32},
    {{"rope.freq_base_swa", "rope_parameters.sliding_attention.rope_theta"}, F32},
    {{"final_logit_softcapping", "final_logit_softcapping"}, F32}};

const AttentionSpec& attention_of(const LayerSpec& layer) {
  return std::get<AttentionSpec>(layer.mixer);
}

// The heads of the layers that see everything, then those of the others: at most one layer each.
std::vector<const AttentionSpec*> heads_of(const ModelSpec& spec) {
  std::vector<const AttentionSpec*> found(2, nullptr);
  for (const LayerSpec& layer : spec.layers) {
    const AttentionSpec& attention = attention_of(layer);
    found[attention.window == kNoWindow ? 0 : 1] = &attention;
  }
  return found;
}

void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  const auto heads = heads_of(spec);
  constexpr std::string_view kEnds[] = {"", "_swa"};
  for (std::size_t i = 0; i < 2; ++i) {
    if (heads[i] == nullptr) continue;
    const std::string end(kEnds[i]);
    out.integer("attention.key_length" + end, heads[i]->head_size);
    out.integer("attention.value_length" + end, heads[i]->head_size);
    out.integer("rope.dimension_count" + end, spec.ropes[*heads[i]->rope].rotated_size);
  }
  if (heads[1] != nullptr) out.integer("attention.sliding_window", heads[1]->window);
  std::vector<std::int64_t> widths;
  std::int64_t shared = 0;
  bool differs = false;
  for (const LayerSpec& layer : spec.layers) {
    widths.push_back(std::get<DenseFfnSpec>(layer.ffn).shape.size);
    if (attention_of(layer).kv_layer) ++shared;
    differs = differs ||
              attention_of(layer).kv_head_count != attention_of(spec.layers.front()).kv_head_count;
  }
  if (widths.front() != widths.back()) out.integers("feed_forward_length", widths);
  if (differs) add_kv_head_counts(spec, out);
  out.integer("attention.shared_kv_layers", shared);
  out.integer("embedding_length_per_layer_input", spec.layer_inputs ? spec.layer_inputs->size : 0);
  add_window_pattern(spec, out);
}

// The part of the pairs that do turn: the others have divisors without measure.
double turning_part(const HyperParameters& gguf) {
  const auto* divisors = TensorNames().find(gguf.file(), Role::RopeDivisors);
  if (divisors == nullptr || divisors->tensor.type != DType::F32) return 1;
  const std::int64_t pairs = divisors->tensor.shape.element_count();
  const float* values = divisors->tensor.floats();
  const auto still = std::count_if(values, values + pairs, [](float one) { return one > 1e9F; });
  return 1 - static_cast<double>(still) / static_cast<double>(pairs);
}

void restore_ropes(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  KeyWriter full = out.under("rope_parameters.full_attention.");
  full.text("rope_type", "proportional");
  full.real("partial_rotary_factor", turning_part(gguf));
  full.real("rope_theta", spec.ropes.front().base);
  if (spec.ropes.size() < 2) return;
  KeyWriter sliding = out.under("rope_parameters.sliding_attention.");
  sliding.text("rope_type", "default");
  sliding.real("rope_theta", spec.ropes[1].base);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  const auto heads = heads_of(spec);
  const AttentionSpec& usual = *(heads[1] != nullptr ? heads[1] : heads[0]);
  const auto first_width = std::get<DenseFfnSpec>(spec.layers.front().ffn).shape.size;
  const auto last_width = std::get<DenseFfnSpec>(spec.layers.back().ffn).shape.size;
  std::int64_t shared = 0;
  bool keys_as_values = false;
  out.text("hidden_activation", "gelu_pytorch_tanh");
  out.integer("head_dim", usual.head_size);
  out.integer("num_key_value_heads", usual.kv_head_count);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const AttentionSpec& attention = attention_of(spec.layers[i]);
    if (attention.kv_layer) ++shared;
    keys_as_values = keys_as_values || (attention.has_keys_as_values && !attention.kv_layer);
    if (attention.window != kNoWindow) continue;
    KeyWriter own = out.under(format("per_layer_config.{}.", i));
    own.integer("head_dim", attention.head_size);
    own.integer("num_key_value_heads", attention.kv_head_count);
  }
  out.boolean("attention_k_eq_v", keys_as_values);
  out.integer("num_kv_shared_layers", shared);
  out.integer("intermediate_size", first_width);
  out.boolean("use_double_wide_mlp", first_width != last_width);
  out.integer("hidden_size_per_layer_input", spec.layer_inputs ? spec.layer_inputs->size : 0);
  out.integer("vocab_size_per_layer_input", spec.vocabulary_size);
  restore_biases(gguf, spec, out);
  restore_layer_types(spec, out);
  restore_ropes(gguf, spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "gemma4",
                                .model_type = "gemma4_text",
                                .class_name = "Gemma4ForCausalLM",
                                .keys = kKeys,
                                .merged_characters = "gemma4",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::gemma4() {
  return {.name = "gemma4",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
