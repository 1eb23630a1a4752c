// OLMo 2: norms after attention and feed-forward network instead of before, and over all queries
// and all keys at once.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.base = 5e5}, .norm_epsilon = 1e-5});
  read_biases(p, spec);
  for (LayerSpec& layer : spec.layers) {
    layer.has_input_norms = false;
    layer.has_output_norms = true;
  }
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.head_norm = HeadNorm::AcrossHeads;
  });
  return spec;
}

constexpr std::string_view kNames[] = {"olmo2"};

}  // namespace

Family family::olmo2() {
  return {.name = "olmo2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
