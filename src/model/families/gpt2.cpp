// GPT-2: learned positions, LayerNorm, a bias on everything, matrices stored [inputs, outputs].
#include "model/conversion/form_parts.h"
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

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {{{"block_count", "n_layer"}},
                               {{"context_length", "n_positions|n_ctx"}},
                               {{"embedding_length", "n_embd"}},
                               {{"feed_forward_length", "n_inner"}},
                               {{"attention.head_count", "n_head"}},
                               {{"attention.layer_norm_epsilon", "layer_norm_epsilon"}, F32}};

void restore(const HyperParameters&, const ModelSpec&, KeyWriter& out) {
  out.text("activation_function", "gelu_new");
}

constexpr GgufForm kForms[] = {{.architecture = "gpt2",
                                .model_type = "gpt2",
                                .class_name = "GPT2LMHeadModel",
                                .keys = kKeys,
                                .splits = "gpt-2",
                                .restore = restore}};

}  // namespace

Family family::gpt2() {
  return {.name = "gpt2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
