// Gemma 2: Gemma with norms before and after, capped scores and logits, windows on even layers.
#include <cmath>

#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kScoreCap{"attn_logit_softcapping", "attn_logit_softcapping"};
  constexpr Key kLogitCap{"final_logit_softcapping", "final_logit_softcapping"};
  ModelSpec spec =
      read_transformer(p, {.has_tied_output = true, .activation = kernels::Activation::GeluTanh});
  spec.norm.is_stored_minus_one = true;
  spec.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(spec.hidden_size)));
  p.note(kLogitCap, "none", {"30", "the cap of logits, which published models have"});
  p.note(kScoreCap, "none", {"50", "the cap of scores, which published models have"});
  spec.logit_softcap = static_cast<float>(p.positive(kLogitCap).value_or(0));
  const double cap = p.positive(kScoreCap).value_or(0);
  for (LayerSpec& layer : spec.layers) layer.has_output_norms = true;
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.softcap = static_cast<float>(cap);
  });
  read_query_scalar(p, 46, spec);
  set_windows(p, spec, sliding_layers(p, spec.layers.size(), 2), {4096, "Gemma 2"});
  return spec;
}

constexpr std::string_view kNames[] = {"gemma2"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "", "model.layers.{}.pre_feedforward_layernorm.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kNoRopeBase,
                               kWindowLengthKey,
                               {{"attn_logit_softcapping", "attn_logit_softcapping"}, F32},
                               {{"final_logit_softcapping", "final_logit_softcapping"}, F32}};

// Other readers tell the scale of the 27B model by its number of layers.
void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  add_score_scale(spec, out);
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  out.text("hidden_activation", "gelu_pytorch_tanh");
  restore_query_scalar(spec, out);
}

constexpr OwnKey kOwnKeys[] = {kOwnScale};

constexpr GgufForm kForms[] = {{.architecture = "gemma2",
                                .model_type = "gemma2",
                                .class_name = "Gemma2ForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::gemma2() {
  return {.name = "gemma2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
