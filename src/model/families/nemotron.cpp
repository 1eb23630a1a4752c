// Nemotron and Minitron: LayerNorm stored minus 1, squared ReLU without a gate, half of each head
// rotates.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.rotated_part = 0.5},
                                        .norm = backend::NormKind::Layer,
                                        .norm_epsilon = 1e-5,
                                        .activation = kernels::Activation::ReluSquared,
                                        .is_gated = false});
  spec.norm.has_bias = spec.norm.is_stored_minus_one = true;
  read_biases(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"nemotron"};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kVocabularyKey,
                               {{"attention.layer_norm_rms_epsilon", "norm_eps"}, F32},
                               {{"attention.layer_norm_epsilon", "norm_eps"}, F32}};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_no_rope_scaling(spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "nemotron",
                                .model_type = "nemotron",
                                .class_name = "NemotronForCausalLM",
                                .keys = kKeys,
                                .add = add,
                                .restore = restore_biases}};

}  // namespace

Family family::nemotron() {
  return {.name = "nemotron",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
