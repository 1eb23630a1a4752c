// BitNet b1.58 with weights in floats: a squared ReLU gate, and norms before each branch's last
// matrix.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.base = 5e5},
                                        .norm_epsilon = 1e-5,
                                        .activation = kernels::Activation::ReluSquared});
  read_biases(p, spec);
  for_each_attention(spec,
                     [](AttentionSpec& attention, std::size_t) { attention.has_sub_norm = true; });
  for_each_dense_ffn(spec, [](DenseFfnSpec& ffn) { ffn.has_sub_norm = true; });
  return spec;
}

constexpr std::string_view kTypes[] = {"bitnet"};

}  // namespace

Family family::bitnet() {
  return {.name = "bitnet",
          .gguf_architectures = {},
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
