// EXAONE 4: norms after the branches and on each query and key; where it has windows, the layers
// without one do not rotate.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

void read_windows(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kWindowKey{"attention.sliding_window", "sliding_window"};
  if (p.integer(kWindowKey, kWindow).value_or(0) == 0) return;
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

}  // namespace

Family family::exaone4() {
  return {.name = "exaone4",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
