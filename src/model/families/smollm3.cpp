// SmolLM3: Llama's network, in which every fourth layer does not rotate.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec =
      read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours, .base = 2e6},
                           .has_tied_output = true});
  read_biases(p, spec);
  constexpr Key kPlainEvery{"", "no_rope_layer_interval"};
  read_rotating_layers(p, p.integer(kPlainEvery, kLayerCount).value_or(4), spec);
  read_last_windows(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"smollm3"};

}  // namespace

Family family::smollm3() {
  return {.name = "smollm3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
