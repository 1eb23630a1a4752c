// Mistral 7B and Nemo from their folders: Llama's network, with a window in the first version.
#include "model/conversion/form_parts.h"
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

constexpr SharedKey kKeys[] = {kVocabularyKey};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_window(spec, out);
}

void restore(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) {
  restore_window(gguf, out);
}

// Files of the later versions are Llama's in every respect.
bool has_window(const HyperParameters& gguf) {
  constexpr Key kExperts{"expert_count", ""};
  return gguf.integer(kWindowLengthKey.key, kWindow).value_or(0) > 0 && !gguf.has(kExperts);
}

constexpr OwnKey kOwnKeys[] = {kOwnWindow};

constexpr GgufForm kForms[] = {{.architecture = "llama",
                                .model_type = "mistral",
                                .class_name = "MistralForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "llama-bpe|tekken",
                                .states_space_prefix = true,
                                .add = add,
                                .restore = restore,
                                .claims = has_window}};

}  // namespace

Family family::mistral() {
  return {.name = "mistral",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
