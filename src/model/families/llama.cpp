// Llama 1 to 3.x and every model that shares its network: TinyLlama, SmolLM2, Vicuna and others.
// GGUF files of Mistral, Mixtral and MobileLLM say llama too.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  // GGUF permutes the rows of query and key, so that neighbours rotate together.
  ModelSpec spec = read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours}});
  read_biases(p, spec);
  if (!p.is_gguf()) return spec;
  constexpr Key kExperts{"expert_count", ""};
  read_window(p, spec);  // no writer states it; it can be supplied
  if (p.integer(kExperts, {0, kExpertCount.high}).value_or(0) == 0) return spec;
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.is_renormalised = true;
  for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  return spec;
}

constexpr std::string_view kNames[] = {"llama"};

}  // namespace

Family family::llama() {
  return {.name = "llama",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
