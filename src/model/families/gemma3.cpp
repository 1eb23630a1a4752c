// Gemma 3, the text part: Gemma 2 without caps, with norms on each query and key, and a rope of its
// own for the layers that look through a window (all but every sixth).
#include <cmath>

#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr RopeConventions kRope{.base = 1e6};

ModelSpec read(const HyperParameters& p) {
  constexpr Key kScoreCap{"attn_logit_softcapping", "attn_logit_softcapping"};
  constexpr Key kLogitCap{"final_logit_softcapping", "final_logit_softcapping"};
  // The folder of the 4B model leaves its heads and its context to its class.
  ModelSpec spec = read_transformer(p, {.rope = kRope,
                                        .head_count = 8,
                                        .kv_head_count = 4,
                                        .head_size = 256,
                                        .context_length = 131072,
                                        .has_tied_output = true,
                                        .activation = kernels::Activation::GeluTanh});
  spec.norm.is_stored_minus_one = true;
  spec.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(spec.hidden_size)));
  spec.logit_softcap = static_cast<float>(p.positive(kLogitCap).value_or(0));
  const std::int64_t head_size = std::get<AttentionSpec>(spec.layers.front().mixer).head_size;
  spec.ropes = {read_rope(p, kRope, head_size, "full_attention"),
                read_sliding_rope(p, kRope, head_size)};
  const std::vector<bool> sliding = sliding_layers(p, spec.layers.size(), 6);
  set_windows(p, spec, sliding, {1024, "Gemma 3 4B"});
  for (LayerSpec& layer : spec.layers) layer.has_output_norms = true;
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    attention.head_norm = HeadNorm::PerHead;
    attention.rope = sliding[layer] ? 1 : 0;
    attention.softcap = static_cast<float>(p.positive(kScoreCap).value_or(0));
  });
  read_query_scalar(p, 62, spec);
  return spec;
}

constexpr std::string_view kArchitectures[] = {"gemma3"};
constexpr std::string_view kTypes[] = {"gemma3_text"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "", "model.layers.{}.pre_feedforward_layernorm.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kWindowLengthKey,
                               {{"attn_logit_softcapping", "attn_logit_softcapping"}, F32},
                               {{"final_logit_softcapping", "final_logit_softcapping"}, F32}};

// Other readers tell the scale of the 27B model by its number of layers.
void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  add_score_scale(spec, out);
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  out.text("hidden_activation", "gelu_pytorch_tanh");
  restore_query_scalar(spec, out);
  restore_layer_types(spec, out);
  if (spec.ropes.size() > 1) out.real("rope_local_base_freq", spec.ropes[1].base);
}

constexpr OwnKey kOwnKeys[] = {kOwnScale};

constexpr GgufForm kForms[] = {{.architecture = "gemma3",
                                .model_type = "gemma3_text",
                                .class_name = "Gemma3ForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::gemma3() {
  return {.name = "gemma3",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
