// OLMoE: every layer a mixture of experts, with norms over all heads of queries and of keys.
#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kClip{"attention.clamp_kqv", "clip_qkv"};
  if (const auto clip = p.positive(kClip)) p.fail_unsupported(kClip, to_text(*clip), "none");
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_biases(p, spec);
  for_each_attention(spec, [](AttentionSpec& attention, std::size_t) {
    attention.head_norm = HeadNorm::AcrossHeads;
  });
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.is_renormalised = read_renormalised(p, false, false);
  for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  return spec;
}

constexpr std::string_view kNames[] = {"olmoe"};

// GGUF files say whether the weights of the chosen experts are scaled to a sum of one only where
// they are: in the published models they are not.
void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  add_renormalised(spec, false, out);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  restore_renormalised(spec, out);
}

constexpr SharedKey kKeys[] = {{{"expert_count", "num_experts|num_local_experts"}}};

constexpr OwnKey kOwnKeys[] = {kOwnSum};

constexpr GgufForm kForms[] = {{.architecture = "olmoe",
                                .model_type = "olmoe",
                                .class_name = "OlmoeForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "dbrx",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::olmoe() {
  return {.name = "olmoe",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
