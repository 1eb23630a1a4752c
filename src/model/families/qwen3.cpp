// Qwen3: Llama's network with a norm on each query and key.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e6}});
  read_biases(p, spec);
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.head_norm = HeadNorm::PerHead; });
  read_last_windows(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"qwen3"};

constexpr GgufForm kForms[] = {{.architecture = "qwen3",
                                .model_type = "qwen3",
                                .class_name = "Qwen3ForCausalLM",
                                .splits = "qwen2",
                                .restore = restore_biases}};

}  // namespace

Family family::qwen3() {
  return {.name = "qwen3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
