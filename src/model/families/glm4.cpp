// GLM-4-0414: norms before and after each branch, half of each head rotates, gate and up in one
// matrix.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kBias{"", "attention_bias"};
  constexpr auto kPairs = backend::RopePairs::Neighbours;
  ModelSpec spec = read_transformer(
      p, {.rope = {.gguf_pairs = kPairs, .hugging_face_pairs = kPairs, .rotated_part = 0.5},
          .norm_epsilon = 1.5625e-7});
  for (LayerSpec& layer : spec.layers) layer.has_output_norms = true;
  const bool has_bias =
      p.is_gguf() ? p.has_tensor(Role::Query, Part::Bias) : p.boolean(kBias).value_or(false);
  for_each_attention(
      spec, [&](AttentionSpec& attention, std::size_t) { attention.has_input_bias = has_bias; });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.is_fused = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"glm4"};
constexpr TensorName kTensors[] = {
    {Role::MixerOutputNorm, "", "model.layers.{}.post_self_attn_layernorm.weight"},
    {Role::FfnOutputNorm, "", "model.layers.{}.post_mlp_layernorm.weight"},
};

// Token texts that published files name by their id.
constexpr NamedToken kTokens[] = {{.key = "eot", .text = "<|user|>", .id = ""},
                                  {.key = "unknown", .text = "<|endoftext|>", .id = ""}};

constexpr GgufForm kForms[] = {{.architecture = "glm4",
                                .model_type = "glm4",
                                .class_name = "Glm4ForCausalLM",
                                .splits = "glm4",
                                .tokens = kTokens,
                                .add = add_rope_size,
                                .restore = restore_biases}};

}  // namespace

Family family::glm4() {
  return {.name = "glm4",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
