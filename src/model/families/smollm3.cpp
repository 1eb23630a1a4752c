// SmolLM3: Llama's network, in which every fourth layer does not rotate.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr std::int64_t kUsualPeriod = 4;  // of layers that do not rotate

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec =
      read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours, .base = 2e6},
                           .has_tied_output = true});
  read_biases(p, spec);
  constexpr Key kPlainEvery{"", "no_rope_layer_interval"};
  const std::int64_t plain_every = p.integer(kPlainEvery, kLayerCount).value_or(kUsualPeriod);
  read_rotating_layers(p, all_but_every(plain_every, spec.layers.size()), spec);
  read_last_windows(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"smollm3"};

constexpr SharedKey kKeys[] = {kVocabularyKey};

// Layers that rotate, where they are not those that readers take for granted.
void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  const std::vector<bool> rotates = rotating_layers(spec);
  if (rotates == all_but_every(kUsualPeriod, rotates.size())) return;
  out.booleans("attention.rope_pattern", rotates);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  const std::vector<bool> rotates = rotating_layers(spec);
  out.integers("no_rope_layers", {rotates.begin(), rotates.end()});
}

constexpr OwnKey kOwnKeys[] = {kOwnRotation};

constexpr GgufForm kForms[] = {{.architecture = "smollm3",
                                .model_type = "smollm3",
                                .class_name = "SmolLM3ForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "llama-bpe",
                                .states_space_prefix = true,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::smollm3() {
  return {.name = "smollm3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
