// Phi-1, Phi-1.5 and Phi-2: attention and feed-forward network side by side behind one LayerNorm,
// half of each head rotating, a bias on everything.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.rotated_part = 0.5},
                                        .norm = backend::NormKind::Layer,
                                        .norm_epsilon = 1e-5,
                                        .activation = kernels::Activation::GeluTanh,
                                        .is_gated = false});
  constexpr Key kHeadNorm{"", "qk_layernorm"};
  if (!p.is_gguf() && p.boolean(kHeadNorm).value_or(false)) {
    p.fail_unsupported(kHeadNorm, "true", "false");
  }
  spec.norm.has_bias = true;
  spec.has_output_bias = true;
  for (LayerSpec& layer : spec.layers) layer.is_parallel = layer.shares_norm = true;
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.has_input_bias = attention.has_output_bias = true;
  });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.has_bias = true; });
  return spec;
}

constexpr std::string_view kArchitectures[] = {"phi2"};
constexpr std::string_view kTypes[] = {"phi"};
constexpr TensorName kTensors[] = {
    {Role::OutputNorm, "", "model.final_layernorm.weight"},
    {Role::AttentionOutput, "", "model.layers.{}.self_attn.dense.weight"},
    {Role::FfnUp, "", "model.layers.{}.mlp.fc1.weight"},
    {Role::FfnDown, "", "model.layers.{}.mlp.fc2.weight"},
};

constexpr SharedKey kKeys[] = {kNoRopeBase};

constexpr GgufForm kForms[] = {{.architecture = "phi2",
                                .model_type = "phi",
                                .class_name = "PhiForCausalLM",
                                .keys = kKeys,
                                .splits = "phi-2",
                                .add = add_rope_size}};

}  // namespace

Family family::phi2() {
  return {.name = "phi2",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
