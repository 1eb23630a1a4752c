// Phi-3 and 3.5 mini and medium, Phi-4 and Phi-4 mini: Llama's network with fused matrices, a
// window, and LongRoPE in the long versions.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_window(p, spec);
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.layout = QkvLayout::Fused; });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.is_fused = true; });
  return spec;
}

constexpr std::string_view kNames[] = {"phi3"};

}  // namespace

Family family::phi3() {
  return {.name = "phi3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
