// gpt-oss: mixtures of experts with a clamped gate and biases, sinks, windows on even layers.
#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr double kSlope = 1.702;  // of the gate's sigmoid, in the kernel

MixtureFfnSpec read_experts(const HyperParameters& p, const ModelSpec& spec) {
  constexpr Key kLimit{"", "swiglu_limit"}, kStated{"", "swiglu_alpha"};
  MixtureFfnSpec mixture = read_mixture(p, spec);
  const double slope = p.is_gguf() ? kSlope : p.positive(kStated).value_or(kSlope);
  if (slope != kSlope) p.fail_unsupported(kStated, to_text(slope), to_text(kSlope));
  mixture.expert.clamp = static_cast<float>(p.is_gguf() ? 7 : p.positive(kLimit).value_or(7));
  mixture.expert.is_interleaved = !p.is_gguf();
  if (!p.is_gguf()) mixture.layout = ExpertLayout::FusedTransposed;
  mixture.has_bias = true;
  mixture.routing.scores = backend::ExpertRouting::Scores::SoftmaxOfChosen;
  return mixture;
}

constexpr Key kBias{"", "attention_bias"};

ModelSpec read(const HyperParameters& p) {
  // Published models state that the range is not rounded; GGUF files cannot.
  ModelSpec spec = read_transformer(
      p, {.rope = {.base = 150000, .rounds_yarn_range = !p.is_gguf()}, .norm_epsilon = 1e-5});
  const bool has_bias = p.is_gguf() || p.boolean(kBias).value_or(true);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.has_sinks = true;
    attention.has_input_bias = attention.has_output_bias = has_bias;
  });
  set_windows(p, spec, sliding_layers(p, spec.layers.size(), 2), {128, "gpt-oss"});
  const MixtureFfnSpec mixture = read_experts(p, spec);
  for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  return spec;
}

constexpr std::string_view kArchitectures[] = {"gpt-oss"};
constexpr std::string_view kTypes[] = {"gpt_oss"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "blk.{}.post_attention_norm.weight", ""},
    {Role::Router, "", "model.layers.{}.mlp.router.weight"},
    {Role::ExpertDown, "", "model.layers.{}.mlp.experts.down_proj"},
};

constexpr SharedKey kKeys[] = {kWindowLengthKey,
                               {{"expert_feed_forward_length", "intermediate_size"}}};

void add(const HyperParameters& folder, const ModelSpec&, KeyWriter&) {
  const bool has_bias = folder.boolean(kBias).value_or(true);
  if (!has_bias) folder.fail_unsupported(kBias, "false", "true in a GGUF file");
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  const auto& mixture = std::get<MixtureFfnSpec>(spec.layers.front().ffn);
  out.boolean("attention_bias", true);
  out.real("swiglu_limit", static_cast<double>(mixture.expert.clamp));
  restore_layer_types(spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "gpt-oss",
                                .model_type = "gpt_oss",
                                .class_name = "GptOssForCausalLM",
                                .experts = ExpertLayout::FusedTransposed,
                                .keys = kKeys,
                                .splits = "gpt-4o",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::gpt_oss() {
  return {.name = "gpt_oss",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
