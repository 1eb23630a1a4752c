// LFM2: gated short convolutions and a few layers of attention; in the larger model mixtures of
// experts after the first layers.
#include <cmath>

#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

// Published folders state a width that the class still rounds.
std::int64_t adjusted_width(const HyperParameters& p, std::int64_t stated) {
  constexpr Key kAdjusted{"", "block_auto_adjust_ff_dim"}, kMultiple{"", "block_multiple_of"},
      kMultiplier{"", "block_ffn_dim_multiplier"};
  if (p.is_gguf() || !p.boolean(kAdjusted).value_or(false)) return stated;
  const double multiplier = p.positive(kMultiplier).value_or(1);
  if (multiplier > 16) p.fail(kMultiplier, "a larger number", "at most 16");
  const auto width = static_cast<std::int64_t>(multiplier * static_cast<double>(2 * stated / 3));
  const std::int64_t multiple = p.integer(kMultiple, kFfnSize).value_or(256);
  return (width + multiple - 1) / multiple * multiple;
}

MixtureFfnSpec read_experts(const HyperParameters& p, const ModelSpec& spec,
                            std::int64_t first_layer) {
  constexpr Key kScale{"", "routed_scaling_factor"}, kBias{"", "use_expert_bias"};
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.scores = backend::ExpertRouting::Scores::Sigmoid;
  mixture.routing.is_renormalised = read_renormalised(p, true, true);
  mixture.routing.scale = static_cast<float>(p.positive(kScale).value_or(1));
  mixture.has_choice_bias = p.is_gguf()
                                ? p.has_tensor(Role::RouterChoiceBias, Part::Weight, first_layer)
                                : p.boolean(kBias).value_or(true);
  return mixture;
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kTaps{"shortconv.l_cache", "conv_L_cache"}, kBias{"", "conv_bias"},
      kExperts{"expert_count", "num_experts"},
      kDense{"leading_dense_block_count", "num_dense_layers"};
  ModelSpec spec =
      read_transformer(p, {.rope = {.base = 1e6}, .norm_epsilon = 1e-5, .has_tied_output = true});
  const ShortConvolutionSpec convolution{.size = spec.hidden_size,
                                         .taps = p.require_integer(kTaps, {2, 64}),
                                         .has_bias = p.boolean(kBias).value_or(false)};
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.head_norm = HeadNorm::PerHead; });
  for_each_dense_ffn(
      spec, [&](DenseFfnSpec& ffn) { ffn.shape.size = adjusted_width(p, ffn.shape.size); });
  const std::vector<bool> recurrent = recurrent_layers(p, spec.layers.size());
  const bool has_experts = p.integer(kExperts, {0, kExpertCount.high}).value_or(0) > 0;
  const std::int64_t dense = p.integer(kDense, {0, kLayerCount.high}).value_or(p.is_gguf() ? 0 : 2);
  const MixtureFfnSpec mixture = has_experts ? read_experts(p, spec, dense) : MixtureFfnSpec{};
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (recurrent[i]) spec.layers[i].mixer = convolution;
    if (has_experts && static_cast<std::int64_t>(i) >= dense) spec.layers[i].ffn = mixture;
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"lfm2", "lfm2moe"};
constexpr std::string_view kTypes[] = {"lfm2", "lfm2_moe"};
constexpr TensorName kTensors[] = {
    {Role::OutputNorm, "token_embd_norm.weight", "model.embedding_norm.weight"},
    {Role::MixerNorm, "", "model.layers.{}.operator_norm.weight"},
    {Role::FfnNorm, "", "model.layers.{}.ffn_norm.weight"},
    {Role::AttentionOutput, "", "model.layers.{}.self_attn.out_proj.weight"},
    {Role::QueryNorm, "", "model.layers.{}.self_attn.q_layernorm.weight"},
    {Role::KeyNorm, "", "model.layers.{}.self_attn.k_layernorm.weight"},
    {Role::FfnGate, "", "model.layers.{}.feed_forward.w1.weight"},
    {Role::FfnUp, "", "model.layers.{}.feed_forward.w3.weight"},
    {Role::FfnDown, "", "model.layers.{}.feed_forward.w2.weight"},
    {Role::Router, "", "model.layers.{}.feed_forward.gate.weight"},
    {Role::RouterChoiceBias, "", "model.layers.{}.feed_forward.expert_bias"},
    {Role::ExpertGate, "", "model.layers.{}.feed_forward.experts.{}.w1.weight"},
    {Role::ExpertUp, "", "model.layers.{}.feed_forward.experts.{}.w3.weight"},
    {Role::ExpertDown, "", "model.layers.{}.feed_forward.experts.{}.w2.weight"},
};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kVocabularyKey,
                               {{"attention.layer_norm_rms_epsilon", "norm_eps"}, F32},
                               {{"shortconv.l_cache", "conv_L_cache"}}};
constexpr SharedKey kExpertKeys[] = {kVocabularyKey,
                                     {{"attention.layer_norm_rms_epsilon", "norm_eps"}, F32},
                                     {{"shortconv.l_cache", "conv_L_cache"}},
                                     {{"expert_count", "num_experts"}},
                                     {{"expert_feed_forward_length", "moe_intermediate_size"}},
                                     {{"leading_dense_block_count", "num_dense_layers"}}};

void add(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  add_kv_head_counts(spec, out);
  if (const auto* dense = std::get_if<DenseFfnSpec>(&spec.layers.front().ffn)) {
    out.integer("feed_forward_length", dense->shape.size);
  }
}

void add_experts(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add(folder, spec, out);
  out.integer("expert_gating_func", 2);  // sigmoid
  add_renormalised(spec, true, out);
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  restore_kv_head_count(spec, out);
  restore_mixer_types(spec, "conv", "full_attention", out);
  out.boolean("conv_bias", false);
  out.boolean("block_auto_adjust_ff_dim", false);
}

void restore_experts(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore(gguf, spec, out);
  const MixtureFfnSpec* mixture = first_mixture(spec);
  if (mixture == nullptr) return;
  restore_renormalised(spec, out);
  out.real("routed_scaling_factor", static_cast<double>(mixture->routing.scale));
  out.boolean("use_expert_bias", mixture->has_choice_bias);
}

constexpr OwnKey kOwnKeys[] = {kOwnSum};

constexpr GgufForm kForms[] = {{.architecture = "lfm2",
                                .model_type = "lfm2",
                                .class_name = "Lfm2ForCausalLM",
                                .keys = kKeys,
                                .splits = "llama-bpe",
                                .add = add,
                                .restore = restore},
                               {.architecture = "lfm2moe",
                                .model_type = "lfm2_moe",
                                .class_name = "Lfm2MoeForCausalLM",
                                .keys = kExpertKeys,
                                .own_keys = kOwnKeys,
                                .splits = "llama-bpe",
                                .add = add_experts,
                                .restore = restore_experts}};

}  // namespace

Family family::lfm2() {
  return {.name = "lfm2",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
