// GPT-2: learned positions, LayerNorm, a bias on everything, matrices stored [inputs, outputs].
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.has_rope = false,
                                        .norm = backend::NormKind::Layer,
                                        .norm_epsilon = 1e-5,
                                        .has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh,
                                        .is_gated = false});
  spec.norm.has_bias = true;
  spec.has_position_embedding = true;
  spec.has_transposed_weights = true;
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.layout = QkvLayout::Fused;
    attention.has_input_bias = attention.has_output_bias = true;
  });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.has_bias = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"gpt2"};
constexpr TensorName kTensors[] = {
    {Role::TokenEmbedding, "", "transformer.wte.weight"},
    {Role::PositionEmbedding, "", "transformer.wpe.weight"},
    {Role::OutputNorm, "", "transformer.ln_f.weight"},
    {Role::MixerNorm, "", "transformer.h.{}.ln_1.weight"},
    {Role::QueryKeyValue, "", "transformer.h.{}.attn.c_attn.weight"},
    {Role::AttentionOutput, "", "transformer.h.{}.attn.c_proj.weight"},
    {Role::FfnNorm, "", "transformer.h.{}.ln_2.weight"},
    {Role::FfnUp, "", "transformer.h.{}.mlp.c_fc.weight"},
    {Role::FfnDown, "", "transformer.h.{}.mlp.c_proj.weight"},
};

}  // namespace

Family family::gpt2() {
  return {.name = "gpt2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
