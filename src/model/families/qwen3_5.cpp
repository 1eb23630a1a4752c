// Qwen3.5, the text part: three layers of the gated delta rule to one of gated attention.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

DeltaNetSpec read_delta_net(const HyperParameters& p) {
  constexpr Key kKeyHeads{"ssm.group_count", "linear_num_key_heads"},
      kValueHeads{"ssm.time_step_rank", "linear_num_value_heads"},
      kKeySize{"ssm.state_size", "linear_key_head_dim"}, kValueSize{"", "linear_value_head_dim"},
      kInner{"ssm.inner_size", ""}, kTaps{"ssm.conv_kernel", "linear_conv_kernel_dim"};
  DeltaNetSpec net;
  net.key_head_count = p.require_integer(kKeyHeads, kHeadCount);
  net.value_head_count = p.require_integer(kValueHeads, kHeadCount);
  if (net.value_head_count % net.key_head_count != 0) {
    p.fail(kValueHeads, "another number", "a multiple of the key heads");
  }
  net.key_size = p.require_integer(kKeySize, kHeadSize);
  net.value_size = p.is_gguf() ? p.require_integer(kInner, kHiddenSize) / net.value_head_count
                               : p.require_integer(kValueSize, kHeadSize);
  if (net.value_size < 1) p.fail(kInner, "less", "at least one value a head");
  net.taps = p.require_integer(kTaps, {2, 64});
  net.is_tiled = p.is_gguf();  // its value heads are reordered, so that key heads repeat in turn
  return net;
}

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e7, .rotated_part = 0.25}});
  spec.norm.is_stored_minus_one = true;
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.head_norm = HeadNorm::PerHead;
    attention.gate = AttentionGate::PerValue;
  });
  const DeltaNetSpec net = read_delta_net(p);
  const std::vector<bool> recurrent = recurrent_layers(p, spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (recurrent[i]) spec.layers[i].mixer = net;
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"qwen35"};
constexpr std::string_view kTypes[] = {"qwen3_5_text", "qwen3_5"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "blk.{}.post_attention_norm.weight", ""},
    {Role::StateConvolution, "", "model.layers.{}.linear_attn.conv1d.weight"},
    {Role::StateDecay, "", "model.layers.{}.linear_attn.A_log"},
    {Role::StateStepBias, "", "model.layers.{}.linear_attn.dt_bias"},
    {Role::StateNorm, "", "model.layers.{}.linear_attn.norm.weight"},
    {Role::StateOut, "", "model.layers.{}.linear_attn.out_proj.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {{{"ssm.conv_kernel", "linear_conv_kernel_dim"}},
                               {{"ssm.state_size", "linear_key_head_dim"}},
                               {{"ssm.group_count", "linear_num_key_heads"}},
                               {{"ssm.time_step_rank", "linear_num_value_heads"}}};

// The shares of time, height and width in a head's pairs: for text they are one.
constexpr std::int64_t kSections[] = {11, 11, 10, 0};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  constexpr Key kInterval{"", "full_attention_interval"};
  std::vector<bool> recurrent;
  std::int64_t inner = 0;
  for (const LayerSpec& layer : spec.layers) {
    const auto* net = std::get_if<DeltaNetSpec>(&layer.mixer);
    recurrent.push_back(net != nullptr);
    if (net != nullptr) inner = net->value_head_count * net->value_size;
  }
  out.integer("ssm.inner_size", inner);
  out.booleans("attention.recurrent_layers", std::move(recurrent));
  out.integer("full_attention_interval", folder.integer(kInterval, kLayerCount).value_or(4));
  add_rope_size(folder, spec, out);
  const auto stated = folder.metadata().integers(
      folder.name({"", "rope_parameters.mrope_section|rope_scaling.mrope_section"}));
  std::vector<std::int64_t> sections =
      stated.value_or(std::vector<std::int64_t>(std::begin(kSections), std::end(kSections)));
  sections.resize(std::size(kSections));
  out.integers("rope.dimension_sections", std::move(sections));
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  constexpr Key kSectionsKey{"rope.dimension_sections", ""};
  restore_biases(gguf, spec, out);
  restore_mixer_types(spec, "linear_attention", "full_attention", out);
  for (const LayerSpec& layer : spec.layers) {
    const auto* net = std::get_if<DeltaNetSpec>(&layer.mixer);
    if (net != nullptr) out.integer("linear_value_head_dim", net->value_size);
  }
  auto sections = gguf.metadata().integers(gguf.name(kSectionsKey));
  if (sections && sections->size() > 3) sections->resize(3);
  if (sections) out.integers("rope_parameters.mrope_section", std::move(*sections));
}

constexpr GgufForm kForms[] = {{.architecture = "qwen35",
                                .model_type = "qwen3_5_text",
                                .class_name = "Qwen3_5ForCausalLM",
                                .keys = kKeys,
                                .splits = "qwen35",
                                .has_rope_parameters = true,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::qwen3_5() {
  return {.name = "qwen3_5",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
