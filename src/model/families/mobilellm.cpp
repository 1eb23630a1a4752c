// MobileLLM from its folders: Llama's network; in the LS models every stored layer runs twice.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kShared{"", "share_embedding"}, kTwice{"", "layer_sharing"};
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_biases(p, spec);
  // Whatever tie_word_embeddings says.
  if (p.boolean(kShared).value_or(false)) spec.has_tied_output = true;
  if (!p.boolean(kTwice).value_or(false)) return spec;
  std::vector<LayerSpec> runs;
  for (const LayerSpec& layer : spec.layers) runs.insert(runs.end(), 2, layer);
  spec.layers = std::move(runs);
  return spec;
}

constexpr std::string_view kNames[] = {"mobilellm"};

constexpr SharedKey kKeys[] = {kVocabularyKey};

constexpr GgufForm kForms[] = {{.architecture = "llama",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .states_space_prefix = true,
                                .add = add_rope_size}};

}  // namespace

Family family::mobilellm() {
  return {.name = "mobilellm",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
