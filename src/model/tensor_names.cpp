#include "model/tensor_names.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace bantam::model {
namespace {

// In the order of Role.
constexpr TensorName kCommon[] = {
    {Role::TokenEmbedding, "token_embd.weight", "model.embed_tokens.weight"},
    {Role::PositionEmbedding, "position_embd.weight", "model.embed_positions.weight"},
    {Role::OutputNorm, "output_norm.weight", "model.norm.weight"},
    {Role::Output, "output.weight", "lm_head.weight"},
    {Role::RopeDivisors, "rope_freqs.weight", ""},
    {Role::RopeShortDivisors, "rope_factors_short.weight", ""},
    {Role::RopeLongDivisors, "rope_factors_long.weight", ""},
    {Role::LayerEmbedding, "per_layer_token_embd.weight", "model.embed_tokens_per_layer.weight"},
    {Role::LayerEmbeddingProjection, "per_layer_model_proj.weight",
     "model.per_layer_model_projection.weight"},
    {Role::LayerEmbeddingNorm, "per_layer_proj_norm.weight",
     "model.per_layer_projection_norm.weight"},
    {Role::StreamProjection, "altup_proj.weight", "model.altup_projections.{}.weight"},
    {Role::StreamMerge, "altup_unembd_proj.weight", "model.altup_unembed_projections.{}.weight"},
    {Role::MixerNorm, "blk.{}.attn_norm.weight", "model.layers.{}.input_layernorm.weight"},
    {Role::MixerOutputNorm, "blk.{}.post_attention_norm.weight",
     "model.layers.{}.post_attention_layernorm.weight"},
    {Role::Query, "blk.{}.attn_q.weight", "model.layers.{}.self_attn.q_proj.weight"},
    {Role::Key, "blk.{}.attn_k.weight", "model.layers.{}.self_attn.k_proj.weight"},
    {Role::Value, "blk.{}.attn_v.weight", "model.layers.{}.self_attn.v_proj.weight"},
    {Role::QueryKeyValue, "blk.{}.attn_qkv.weight", "model.layers.{}.self_attn.qkv_proj.weight"},
    {Role::AttentionOutput, "blk.{}.attn_output.weight", "model.layers.{}.self_attn.o_proj.weight"},
    {Role::QueryNorm, "blk.{}.attn_q_norm.weight", "model.layers.{}.self_attn.q_norm.weight"},
    {Role::KeyNorm, "blk.{}.attn_k_norm.weight", "model.layers.{}.self_attn.k_norm.weight"},
    {Role::Sinks, "blk.{}.attn_sinks.weight", "model.layers.{}.self_attn.sinks"},
    {Role::AttentionGate, "", "model.layers.{}.self_attn.gate_proj.weight"},
    {Role::AttentionSubNorm, "blk.{}.attn_sub_norm.weight",
     "model.layers.{}.self_attn.attn_sub_norm.weight"},
    {Role::QueryDown, "blk.{}.attn_q_a.weight", "model.layers.{}.self_attn.q_a_proj.weight"},
    {Role::QueryDownNorm, "blk.{}.attn_q_a_norm.weight",
     "model.layers.{}.self_attn.q_a_layernorm.weight"},
    {Role::QueryUp, "blk.{}.attn_q_b.weight", "model.layers.{}.self_attn.q_b_proj.weight"},
    {Role::LatentDown, "blk.{}.attn_kv_a_mqa.weight",
     "model.layers.{}.self_attn.kv_a_proj_with_mqa.weight"},
    {Role::LatentNorm, "blk.{}.attn_kv_a_norm.weight",
     "model.layers.{}.self_attn.kv_a_layernorm.weight"},
    {Role::LatentUp, "blk.{}.attn_kv_b.weight", "model.layers.{}.self_attn.kv_b_proj.weight"},
    {Role::LatentKeyUp, "blk.{}.attn_k_b.weight", ""},
    {Role::LatentValueUp, "blk.{}.attn_v_b.weight", ""},
    {Role::FfnNorm, "blk.{}.ffn_norm.weight", "model.layers.{}.post_attention_layernorm.weight"},
    {Role::FfnOutputNorm, "blk.{}.post_ffw_norm.weight",
     "model.layers.{}.post_feedforward_layernorm.weight"},
    {Role::FfnGate, "blk.{}.ffn_gate.weight", "model.layers.{}.mlp.gate_proj.weight"},
    {Role::FfnUp, "blk.{}.ffn_up.weight", "model.layers.{}.mlp.up_proj.weight"},
    {Role::FfnGateUp, "blk.{}.ffn_up.weight", "model.layers.{}.mlp.gate_up_proj.weight"},
    {Role::FfnDown, "blk.{}.ffn_down.weight", "model.layers.{}.mlp.down_proj.weight"},
    {Role::FfnSubNorm, "blk.{}.ffn_sub_norm.weight", "model.layers.{}.mlp.ffn_sub_norm.weight"},
    {Role::XieluPositive, "", "model.layers.{}.mlp.act_fn.alpha_p"},
    {Role::XieluNegative, "", "model.layers.{}.mlp.act_fn.alpha_n"},
    {Role::XieluSlope, "", "model.layers.{}.mlp.act_fn.beta"},
    {Role::XieluEpsilon, "", "model.layers.{}.mlp.act_fn.eps"},
    {Role::Router, "blk.{}.ffn_gate_inp.weight", "model.layers.{}.mlp.gate.weight"},
    {Role::RouterChoiceBias, "blk.{}.exp_probs_b.bias",
     "model.layers.{}.mlp.gate.e_score_correction_bias"},
    {Role::ExpertGate, "blk.{}.ffn_gate_exps.weight",
     "model.layers.{}.mlp.experts.{}.gate_proj.weight"},
    {Role::ExpertUp, "blk.{}.ffn_up_exps.weight", "model.layers.{}.mlp.experts.{}.up_proj.weight"},
    {Role::ExpertGateUp, "", "model.layers.{}.mlp.experts.gate_up_proj"},
    {Role::ExpertDown, "blk.{}.ffn_down_exps.weight",
     "model.layers.{}.mlp.experts.{}.down_proj.weight"},
    {Role::SharedGate, "blk.{}.ffn_gate_shexp.weight",
     "model.layers.{}.mlp.shared_experts.gate_proj.weight"},
    {Role::SharedUp, "blk.{}.ffn_up_shexp.weight",
     "model.layers.{}.mlp.shared_experts.up_proj.weight"},
    {Role::SharedGateUp, "", ""},
    {Role::SharedDown, "blk.{}.ffn_down_shexp.weight",
     "model.layers.{}.mlp.shared_experts.down_proj.weight"},
    {Role::ConvolutionIn, "blk.{}.shortconv.in_proj.weight", "model.layers.{}.conv.in_proj.weight"},
    {Role::ConvolutionTaps, "blk.{}.shortconv.conv.weight", "model.layers.{}.conv.conv.weight"},
    {Role::ConvolutionOut, "blk.{}.shortconv.out_proj.weight",
     "model.layers.{}.conv.out_proj.weight"},
    {Role::StateIn, "blk.{}.ssm_in.weight", "model.layers.{}.mamba.in_proj.weight"},
    {Role::StateConvolution, "blk.{}.ssm_conv1d.weight", "model.layers.{}.mamba.conv1d.weight"},
    {Role::StateDecay, "blk.{}.ssm_a", "model.layers.{}.mamba.A_log"},
    {Role::StateSkip, "blk.{}.ssm_d", "model.layers.{}.mamba.D"},
    {Role::StateStepBias, "blk.{}.ssm_dt.bias", "model.layers.{}.mamba.dt_bias"},
    {Role::StateNorm, "blk.{}.ssm_norm.weight", "model.layers.{}.mamba.norm.weight"},
    {Role::StateOut, "blk.{}.ssm_out.weight", "model.layers.{}.mamba.out_proj.weight"},
    {Role::DeltaIn, "blk.{}.attn_qkv.weight", "model.layers.{}.linear_attn.in_proj_qkv.weight"},
    {Role::DeltaGate, "blk.{}.attn_gate.weight", "model.layers.{}.linear_attn.in_proj_z.weight"},
    {Role::DeltaA, "blk.{}.ssm_alpha.weight", "model.layers.{}.linear_attn.in_proj_a.weight"},
    {Role::DeltaB, "blk.{}.ssm_beta.weight", "model.layers.{}.linear_attn.in_proj_b.weight"},
    {Role::LayerInputGate, "blk.{}.inp_gate.weight", "model.layers.{}.per_layer_input_gate.weight"},
    {Role::LayerInputOut, "blk.{}.proj.weight", "model.layers.{}.per_layer_projection.weight"},
    {Role::LayerInputNorm, "blk.{}.post_norm.weight",
     "model.layers.{}.post_per_layer_input_norm.weight"},
    {Role::LayerScale, "blk.{}.layer_output_scale.weight", "model.layers.{}.layer_scalar"},
    {Role::StreamRouter, "blk.{}.altup_router.weight",
     "model.layers.{}.altup.modality_router.weight"},
    {Role::StreamRouterNorm, "blk.{}.altup_router_norm.weight",
     "model.layers.{}.altup.router_norm.weight"},
    {Role::StreamPrediction, "blk.{}.altup_predict_coef.weight",
     "model.layers.{}.altup.prediction_coefs.weight"},
    {Role::StreamCorrection, "blk.{}.altup_correct_coef.weight",
     "model.layers.{}.altup.correction_coefs.weight"},
    {Role::StreamScale, "blk.{}.altup_correct_scale.weight",
     "model.layers.{}.altup.correct_output_scale"},
    {Role::LaurelDown, "blk.{}.laurel_l.weight", "model.layers.{}.laurel.linear_left.weight"},
    {Role::LaurelUp, "blk.{}.laurel_r.weight", "model.layers.{}.laurel.linear_right.weight"},
    {Role::LaurelNorm, "blk.{}.laurel_post_norm.weight",
     "model.layers.{}.laurel.post_laurel_norm.weight"},
};
static_assert([] {
  for (std::size_t i = 0; i < std::size(kCommon); ++i) {
    if (static_cast<std::size_t>(kCommon[i].role) != i) return false;
  }
  return std::size(kCommon) == static_cast<std::size_t>(Role::LaurelNorm) + 1;
}());

}  // namespace

std::span<const TensorName> common_tensor_names() { return kCommon; }

std::string_view TensorNames::pattern(formats::SourceFormat format, Role role) const {
  const bool is_gguf = format == formats::SourceFormat::Gguf;
  const auto found = std::ranges::find_if(own_, [&](const TensorName& name) {
    return name.role == role && !(is_gguf ? name.gguf : name.hugging_face).empty();
  });
  const TensorName& name = found != own_.end() ? *found : kCommon[static_cast<std::size_t>(role)];
  return is_gguf ? name.gguf : name.hugging_face;
}

std::string TensorNames::name(formats::SourceFormat format, Role role, Part part,
                              std::int64_t layer, std::int64_t expert) const {
  constexpr std::string_view kWeight = ".weight";
  std::string text(pattern(format, role));
  for (const std::int64_t number : {layer, expert}) {
    const std::size_t place = text.find("{}");
    if (place != std::string::npos) text.replace(place, 2, to_text(number));
  }
  if (part == Part::Weight) return text;
  if (text.empty()) return text;
  if (!text.ends_with(kWeight)) return text + "_bias";
  return text.substr(0, text.size() - kWeight.size()) + ".bias";
}

const formats::TensorEntry* TensorNames::find(const formats::TensorFile& file, Role role, Part part,
                                              std::int64_t layer, std::int64_t expert) const {
  const std::string full = name(file.format(), role, part, layer, expert);
  if (full.empty()) return nullptr;
  const formats::TensorEntry* entry = file.find(full);
  if (entry != nullptr || file.format() == formats::SourceFormat::Gguf) return entry;
  if ((entry = file.find("language_model." + full)) != nullptr) return entry;
  const std::string rest = full.substr(full.find('.') + 1);
  if (rest.find('.') == std::string::npos) return nullptr;  // of "lm_head.weight"
  for (const std::string& spelling : {rest, "model.language_model." + rest}) {
    if ((entry = file.find(spelling)) != nullptr) return entry;
  }
  return nullptr;
}

}  // namespace bantam::model
