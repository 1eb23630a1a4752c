// Arcee's AFM: Llama's attention, and a squared ReLU without a gate.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours},
                                        .norm_epsilon = 1e-5,
                                        .activation = kernels::Activation::ReluSquared,
                                        .is_gated = false});
  read_biases(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"arcee"};

}  // namespace

Family family::arcee() {
  return {.name = "arcee",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
