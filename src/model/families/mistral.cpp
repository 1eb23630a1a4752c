// Mistral 7B and Nemo from their folders: Llama's network, with a window in the first version.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {});
  read_window(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"mistral"};

}  // namespace

Family family::mistral() {
  return {.name = "mistral",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
