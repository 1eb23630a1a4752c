// Mixtral from its folders: Mistral's network with a mixture of experts in every layer.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.norm_epsilon = 1e-5});
  read_window(p, spec);
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.is_renormalised = true;
  for (LayerSpec& layer : spec.layers) layer.ffn = mixture;
  return spec;
}

constexpr std::string_view kNames[] = {"mixtral"};
constexpr TensorName kTensors[] = {
    {Role::Router, "", "model.layers.{}.block_sparse_moe.gate.weight"},
    {Role::ExpertGate, "", "model.layers.{}.block_sparse_moe.experts.{}.w1.weight"},
    {Role::ExpertUp, "", "model.layers.{}.block_sparse_moe.experts.{}.w3.weight"},
    {Role::ExpertDown, "", "model.layers.{}.block_sparse_moe.experts.{}.w2.weight"},
};

constexpr SharedKey kKeys[] = {kVocabularyKey};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  add_window(spec, out);
}

void restore(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) {
  restore_window(gguf, out);
}

bool has_experts(const HyperParameters& gguf) {
  return gguf.integer({"expert_count", ""}, {0, kExpertCount.high}).value_or(0) > 0;
}

constexpr OwnKey kOwnKeys[] = {kOwnWindow};

constexpr GgufForm kForms[] = {{.architecture = "llama",
                                .model_type = "mixtral",
                                .class_name = "MixtralForCausalLM",
                                .permutes_heads = true,
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "llama-bpe",
                                .states_space_prefix = true,
                                .add = add,
                                .restore = restore,
                                .claims = has_experts}};

}  // namespace

Family family::mixtral() {
  return {.name = "mixtral",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
