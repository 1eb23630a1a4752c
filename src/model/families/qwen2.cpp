// Qwen2 and Qwen2.5: Llama's network with biases on query, key and value.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kWindows{"", "use_sliding_window"}, kFirst{"", "max_window_layers"};
  ModelSpec spec = read_transformer(p, {});
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.has_input_bias = true; });
  if (p.is_gguf() || !p.boolean(kWindows).value_or(false)) return spec;
  const std::int64_t first = p.integer(kFirst, {0, kLayerCount.high}).value_or(28);
  std::vector<bool> sliding;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    sliding.push_back(static_cast<std::int64_t>(i) >= first);
  }
  set_windows(p, spec, sliding);
  return spec;
}

constexpr std::string_view kNames[] = {"qwen2"};

}  // namespace

Family family::qwen2() {
  return {.name = "qwen2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
