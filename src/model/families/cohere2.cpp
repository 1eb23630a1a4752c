// Command R7B: parallel branches behind one LayerNorm without bias; all but every fourth layer look
// through a window, and only they rotate.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kLogits{"logit_scale", "logit_scale"}, kHeadNorm{"", "use_qk_norm"};
  constexpr auto kPairs = backend::RopePairs::Neighbours;
  if (!p.is_gguf() && p.boolean(kHeadNorm).value_or(false)) {
    p.fail_unsupported(kHeadNorm, "true", "false");
  }
  ModelSpec spec =
      read_transformer(p, {.rope = {.gguf_pairs = kPairs, .hugging_face_pairs = kPairs},
                           .norm = backend::NormKind::Layer,
                           .norm_epsilon = 1e-5,
                           .has_tied_output = true});
  read_biases(p, spec);
  spec.logit_scale = static_cast<float>(p.positive(kLogits).value_or(
      p.assume(kLogits, 0.0625, {"0.25", "the factor on logits, which Command R7B states"})));
  for (LayerSpec& layer : spec.layers) layer.is_parallel = layer.shares_norm = true;
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 4);
  set_windows(p, spec, sliding, {4096, "Command R7B"});
  read_rotating_layers(p, sliding, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"cohere2"};

constexpr SharedKey kKeys[] = {
    kVocabularyKey, kWindowLengthKey, {{"logit_scale", "logit_scale"}, formats::GgufType::F32}};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_no_rope_scaling(spec, out);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  restore_layer_types(spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "cohere2",
                                .model_type = "cohere2",
                                .class_name = "Cohere2ForCausalLM",
                                .keys = kKeys,
                                .splits = "command-r",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::cohere2() {
  return {.name = "cohere2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
