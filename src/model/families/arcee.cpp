// Arcee's AFM: Llama's attention, and a squared ReLU without a gate.
#include "model/conversion/form_parts.h"
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

constexpr SharedKey kKeys[] = {kVocabularyKey};

constexpr GgufForm kForms[] = {{.architecture = "arcee",
                                .model_type = "arcee",
                                .class_name = "ArceeForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .splits = "llama-bpe",
                                .states_space_prefix = true,
                                .add = add_rope_size,
                                .restore = restore_biases}};

}  // namespace

Family family::arcee() {
  return {.name = "arcee",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
