// Hunyuan, the dense models: each query and key is normed after it was rotated.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_biases(p, spec);
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.head_norm = HeadNorm::PerHead;
    attention.is_norm_after_rope = true;
  });
  return spec;
}

constexpr std::string_view kArchitectures[] = {"hunyuan-dense"};
constexpr std::string_view kTypes[] = {"hunyuan_v1_dense"};
constexpr TensorName kTensors[] = {
    {Role::QueryNorm, "", "model.layers.{}.self_attn.query_layernorm.weight"},
    {Role::KeyNorm, "", "model.layers.{}.self_attn.key_layernorm.weight"},
};

// A text ends with another token than the tokenizer's.
constexpr NamedToken kTokens[] = {{.key = "eos", .text = "", .id = "eod_token_id"}};

constexpr GgufForm kForms[] = {{.architecture = "hunyuan-dense",
                                .model_type = "hunyuan_v1_dense",
                                .class_name = "HunYuanDenseV1ForCausalLM",
                                .splits = "hunyuan-dense",
                                .tokens = kTokens,
                                .restore = restore_biases}};

}  // namespace

Family family::hunyuan() {
  return {.name = "hunyuan",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
