// Gemma 2: Gemma with norms before and after, capped scores and logits, windows on even layers.
#include <cmath>

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
  spec.logit_softcap = static_cast<float>(p.positive(kLogitCap).value_or(0));
  const double cap = p.positive(kScoreCap).value_or(0);
  for (LayerSpec& layer : spec.layers) layer.has_output_norms = true;
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.softcap = static_cast<float>(cap);
  });
  read_query_scalar(p, 46, spec);
  set_windows(p, spec, sliding_layers(p, spec.layers.size(), 2));
  return spec;
}

constexpr std::string_view kNames[] = {"gemma2"};
constexpr TensorName kTensors[] = {
    {Role::FfnNorm, "", "model.layers.{}.pre_feedforward_layernorm.weight"},
};

}  // namespace

Family family::gemma2() {
  return {.name = "gemma2",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
