// EXAONE 4: norms after the branches and on each query and key; where it has windows, the layers
// without one do not rotate.
#include <algorithm>

#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

void read_windows(const HyperParameters& p, ModelSpec& spec) {
  if (window_size(p, {4096, "EXAONE 4.0 32B"}) == 0) return;
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 4);
  set_windows(p, spec, sliding);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    if (!sliding[layer]) attention.rope.reset();
  });
}

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e6}, .norm_epsilon = 1e-5});
  for (LayerSpec& layer : spec.layers) {
    layer.has_input_norms = false;
    layer.has_output_norms = true;
  }
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.head_norm = HeadNorm::PerHead; });
  read_windows(p, spec);
  return spec;
}

constexpr std::string_view kNames[] = {"exaone4"};

constexpr SharedKey kKeys[] = {kVocabularyKey, kWindowLengthKey};

bool has_windows(const ModelSpec& spec) {
  return std::ranges::any_of(spec.layers, [](const LayerSpec& layer) {
    return std::get<AttentionSpec>(layer.mixer).window != kNoWindow;
  });
}

void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  if (has_windows(spec)) add_window_pattern(spec, out);
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  restore_layer_types(spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "exaone4",
                                .model_type = "exaone4",
                                .class_name = "Exaone4ForCausalLM",
                                .keys = kKeys,
                                .splits = "exaone4",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::exaone4() {
  return {.name = "exaone4",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
