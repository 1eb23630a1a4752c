// OLMo 2: norms after the branches instead of before, and over all heads of queries and of keys.
// OLMo 3: windows on all but every fourth layer, which alone stretch their rope.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr RopeConventions kRope{.base = 5e5};

void read_windows(const HyperParameters& p, ModelSpec& spec) {
  constexpr Key kBase{"rope.freq_base_swa", "rope_parameters.sliding_attention.rope_theta"};
  if (window_size(p, {4096, "OLMo 3"}) == 0) return;
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 4);
  set_windows(p, spec, sliding);
  const std::int64_t head_size = std::get<AttentionSpec>(spec.layers.front().mixer).head_size;
  RopeSpec plain = read_rope(p, kRope, head_size, "full_attention");
  spec.ropes = {plain};
  plain.base = p.positive(kBase).value_or(plain.base);
  plain.scaling = {};
  plain.magnitude = 1;
  spec.ropes.push_back(plain);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    attention.rope = sliding[layer] ? 1 : 0;
  });
}

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.rope = kRope, .norm_epsilon = 1e-5});
  read_biases(p, spec);
  for (LayerSpec& layer : spec.layers) {
    layer.has_input_norms = false;
    layer.has_output_norms = true;
  }
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.head_norm = HeadNorm::AcrossHeads;
  });
  read_windows(p, spec);
  return spec;
}

constexpr std::string_view kArchitectures[] = {"olmo2"};
constexpr std::string_view kTypes[] = {"olmo2", "olmo3"};

constexpr SharedKey kWindowKeys[] = {kWindowLengthKey};

bool has_windows(const HyperParameters& gguf) {
  return gguf.integer(kWindowLengthKey.key, kWindow).value_or(0) > 0;
}

void add_windows(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  add_window_pattern(spec, out);
  if (spec.ropes.size() > 1) out.real("rope.freq_base_swa", spec.ropes[1].base);
}

void restore_windows(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  restore_layer_types(spec, out);
}

constexpr GgufForm kForms[] = {{.architecture = "olmo2",
                                .model_type = "olmo2",
                                .class_name = "Olmo2ForCausalLM",
                                .splits = "dbrx",
                                .restore = restore_biases},
                               {.architecture = "olmo2",
                                .model_type = "olmo3",
                                .class_name = "Olmo3ForCausalLM",
                                .keys = kWindowKeys,
                                .splits = "dbrx",
                                .add = add_windows,
                                .restore = restore_windows,
                                .claims = has_windows}};

}  // namespace

Family family::olmo2() {
  return {.name = "olmo2",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
