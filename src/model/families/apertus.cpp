// Apertus: norms on each query and key, and xIELU without a gate, its numbers learned by layer.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kActivation{"", "hidden_act"};
  if (const auto stated = p.is_gguf() ? std::nullopt : p.text(kActivation)) {
    if (stated != "xielu") p.fail_unsupported(kActivation, *stated, "xielu");
  }
  ModelSpec spec = read_transformer(p, {.rope = {.base = 12e6},
                                        .norm_epsilon = 1e-5,
                                        .states_activation = false,
                                        .is_gated = false});
  read_biases(p, spec);
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.head_norm = HeadNorm::PerHead; });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.has_xielu = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"apertus"};
constexpr TensorName kTensors[] = {
    {Role::MixerNorm, "", "model.layers.{}.attention_layernorm.weight"},
    {Role::FfnNorm, "", "model.layers.{}.feedforward_layernorm.weight"},
};

constexpr SharedKey kKeys[] = {kVocabularyKey};

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  out.text("hidden_act", "xielu");
}

constexpr GgufForm kForms[] = {{.architecture = "apertus",
                                .model_type = "apertus",
                                .class_name = "ApertusForCausalLM",
                                .keys = kKeys,
                                .splits = "tekken",
                                .states_space_prefix = true,
                                .add = add_rope_size,
                                .restore = restore}};

}  // namespace

Family family::apertus() {
  return {.name = "apertus",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
