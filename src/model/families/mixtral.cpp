// Mixtral from its folders: Mistral's network with a mixture of experts in every layer.
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

}  // namespace

Family family::mixtral() {
  return {.name = "mixtral",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
