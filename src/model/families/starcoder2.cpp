// StarCoder2: LayerNorm, a plain network of tanh GELU, a bias on everything, a window.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kBias{"", "use_bias"};
  ModelSpec spec = read_transformer(p, {.rope = {.other_base = 1e6},
                                        .norm = backend::NormKind::Layer,
                                        .norm_epsilon = 1e-5,
                                        .has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh,
                                        .is_gated = false});
  spec.norm.has_bias = true;
  const bool has_bias = p.is_gguf() || p.boolean(kBias).value_or(true);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.has_input_bias = attention.has_output_bias = has_bias;
  });
  for_each_dense_ffn(spec, [&](DenseFfnSpec& ffn) { ffn.has_bias = has_bias; });
  read_window(p, spec, {4096, "StarCoder2"});
  return spec;
}

constexpr std::string_view kNames[] = {"starcoder2"};
constexpr TensorName kTensors[] = {
    {Role::FfnUp, "", "model.layers.{}.mlp.c_fc.weight"},
    {Role::FfnDown, "", "model.layers.{}.mlp.c_proj.weight"},
};

constexpr SharedKey kKeys[] = {
    {{"attention.layer_norm_epsilon", "norm_epsilon|layer_norm_epsilon"}, formats::GgufType::F32}};

void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) { add_window(spec, out); }

void restore(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) {
  out.boolean("use_bias", true);
  restore_window(gguf, out);
}

constexpr OwnKey kOwnKeys[] = {kOwnWindow};

constexpr GgufForm kForms[] = {{.architecture = "starcoder2",
                                .model_type = "starcoder2",
                                .class_name = "Starcoder2ForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "starcoder",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::starcoder2() {
  return {.name = "starcoder2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
