// ERNIE 4.5, the dense models: Llama's network whose neighbouring values rotate together.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kBias{"", "use_bias"};
  constexpr auto kPairs = backend::RopePairs::Neighbours;
  ModelSpec spec = read_transformer(
      p, {.rope = {.gguf_pairs = kPairs, .hugging_face_pairs = kPairs, .base = 5e5},
          .norm_epsilon = 1e-5,
          .has_tied_output = true});
  read_biases(p, spec);
  if (p.is_gguf() || !p.boolean(kBias).value_or(false)) return spec;
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.has_input_bias = attention.has_output_bias = true;
  });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.has_bias = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"ernie4_5"};

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  out.boolean("use_bias", std::get<AttentionSpec>(spec.layers.front().mixer).has_input_bias);
}

constexpr GgufForm kForms[] = {{.architecture = "ernie4_5",
                                .model_type = "ernie4_5",
                                .class_name = "Ernie4_5ForCausalLM",
                                .states_space_prefix = true,
                                .restore = restore}};

}  // namespace

Family family::ernie4_5() {
  return {.name = "ernie4_5",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
