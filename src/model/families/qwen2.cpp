// Qwen2 and Qwen2.5: Llama's network with biases on query, key and value.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.other_base = 1e6}});
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.has_input_bias = true; });
  read_last_windows(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"qwen2"};

constexpr GgufForm kForms[] = {{.architecture = "qwen2",
                                .model_type = "qwen2",
                                .class_name = "Qwen2ForCausalLM",
                                .splits = "qwen2"}};

}  // namespace

Family family::qwen2() {
  return {.name = "qwen2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
