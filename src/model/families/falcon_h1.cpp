// Falcon-H1: attention and a state space side by side in every layer, with multipliers everywhere;
// GGUF files have these inside the weights.
#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

float multiplier(const HyperParameters& p, std::string_view name) {
  return p.is_gguf() ? 1.0f : static_cast<float>(p.positive({"", name}).value_or(1));
}

std::vector<double> multipliers(const HyperParameters& p, std::string_view name,
                                std::size_t count) {
  const Key key{"", name};
  const auto stated = p.is_gguf() ? std::nullopt : p.reals(key);
  if (!stated) return std::vector<double>(count, 1.0);
  if (stated->size() != count) {
    p.fail(key, format("{} numbers", stated->size()), format("{} numbers", count));
  }
  return *stated;
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kNorm{"", "mamba_rms_norm"};
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e11}, .norm_epsilon = 1e-5});
  if (!p.is_gguf() && p.boolean(kNorm).value_or(false)) p.fail_unsupported(kNorm, "true", "false");
  spec.embedding_scale = multiplier(p, "embedding_multiplier");
  spec.logit_scale = multiplier(p, "lm_head_multiplier");
  StateSpaceSpec states = read_state_space(p);
  states.input_scale = multiplier(p, "ssm_in_multiplier");
  states.output_scale = multiplier(p, "ssm_out_multiplier");
  const std::vector<double> parts = multipliers(p, "ssm_multipliers", states.part_scales.size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    states.part_scales[i] = static_cast<float>(parts[i]);
  // Query, key and value see the scaled input; for the scores that is one factor.
  const float in = multiplier(p, "attention_in_multiplier");
  const float key = multiplier(p, "key_multiplier");
  const std::vector<double> ffn = multipliers(p, "mlp_multipliers", 2);
  for (LayerSpec& layer : spec.layers) {
    AttentionSpec attention = std::get<AttentionSpec>(layer.mixer);
    attention.scale *= in * in * key;
    layer.mixer =
        ParallelMixerSpec{.attention = attention,
                          .attention_scale = in * multiplier(p, "attention_out_multiplier"),
                          .state_space = states};
  }
  for_each_dense_ffn(spec, [&](DenseFfnSpec& dense) {
    dense.gate_scale = static_cast<float>(ffn[0]);
    dense.output_scale = static_cast<float>(ffn[1]);
  });
  return spec;
}

constexpr std::string_view kArchitectures[] = {"falcon-h1"};
constexpr std::string_view kTypes[] = {"falcon_h1"};
constexpr TensorName kTensors[] = {
    {Role::OutputNorm, "", "model.final_layernorm.weight"},
    {Role::FfnNorm, "blk.{}.ffn_norm", "model.layers.{}.pre_ff_layernorm.weight"},
    {Role::FfnGate, "", "model.layers.{}.feed_forward.gate_proj.weight"},
    {Role::FfnUp, "", "model.layers.{}.feed_forward.up_proj.weight"},
    {Role::FfnDown, "", "model.layers.{}.feed_forward.down_proj.weight"},
};

constexpr SharedKey kKeys[] = {kVocabularyKey};

// In the order in which llama.cpp's converter multiplies.
constexpr FoldedFactor kFactors[] = {{Role::FfnDown, "mlp_multipliers", 1},
                                     {Role::FfnGate, "mlp_multipliers", 0},
                                     {Role::Key, "key_multiplier"},
                                     {Role::Key, "attention_in_multiplier"},
                                     {Role::Query, "attention_in_multiplier"},
                                     {Role::Value, "attention_in_multiplier"},
                                     {Role::AttentionOutput, "attention_out_multiplier"},
                                     {Role::StateOut, "ssm_out_multiplier"},
                                     {Role::StateIn, "ssm_in_multiplier"},
                                     {Role::StateIn, "ssm_multipliers"},
                                     {Role::Output, "lm_head_multiplier"},
                                     {Role::TokenEmbedding, "embedding_multiplier"}};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_state_space(folder, spec, out);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_state_space(gguf, spec, out);
  const auto& states = std::get<ParallelMixerSpec>(spec.layers.front().mixer).state_space;
  out.integer("mamba_d_ssm", states.head_count * states.head_size);
  out.boolean("mamba_rms_norm", false);
  out.boolean("attention_bias", false);
  out.boolean("mlp_bias", false);
  for (const FoldedFactor& factor : kFactors) {
    if (factor.name != "mlp_multipliers" && factor.name != "ssm_multipliers") {
      out.real(factor.name, 1);
    }
  }
  out.reals("mlp_multipliers", {1, 1});
  out.reals("ssm_multipliers", std::vector<double>(states.part_scales.size(), 1.0));
}

constexpr GgufForm kForms[] = {{.architecture = "falcon-h1",
                                .model_type = "falcon_h1",
                                .class_name = "FalconH1ForCausalLM",
                                .factors = kFactors,
                                .keys = kKeys,
                                .splits = "falcon-h1",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::falcon_h1() {
  return {.name = "falcon_h1",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
