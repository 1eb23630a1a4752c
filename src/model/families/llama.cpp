// Llama 1 to 3.x and every model that shares its network: TinyLlama, SmolLM2, Vicuna and others.
// GGUF files of Mistral, Mixtral and MobileLLM say llama too.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  // GGUF permutes the rows of query and key, so that neighbours rotate together.
  ModelSpec spec = read_transformer(
      p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours, .other_base = 5e5}});
  read_biases(p, spec);
  if (!p.is_gguf()) return spec;
  constexpr Key kExperts{"expert_count", ""};
  read_window(p, spec, {4096, "Mistral 7B v0.1"});  // no other writer states it
  if (p.integer(kExperts, {0, kExpertCount.high}).value_or(0) == 0) return spec;
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.is_renormalised = true;
  for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  return spec;
}

constexpr std::string_view kNames[] = {"llama"};

constexpr SharedKey kKeys[] = {kVocabularyKey};

constexpr GgufForm kForms[] = {{.architecture = "llama",
                                .model_type = "llama",
                                .class_name = "LlamaForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .splits = "llama-bpe|smollm|tekken",
                                .states_space_prefix = true,
                                .add = add_rope_size,
                                .restore = restore_biases}};

}  // namespace

Family family::llama() {
  return {.name = "llama",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
