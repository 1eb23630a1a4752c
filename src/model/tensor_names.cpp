#include "model/tensor_names.h"

#include <string_view>

#include "base/format.h"

namespace bantam::model {
namespace {

struct Names {
  Role role;
  std::string_view gguf;
  std::string_view hugging_face;
};

constexpr Names kNames[] = {
    {Role::TokenEmbedding, "token_embd", "model.embed_tokens"},
    {Role::OutputNorm, "output_norm", "model.norm"},
    {Role::Output, "output", "lm_head"},
    {Role::RopeDivisors, "rope_freqs", "rope_freqs"},
    {Role::MixerNorm, "blk.{}.attn_norm", "model.layers.{}.input_layernorm"},
    {Role::Query, "blk.{}.attn_q", "model.layers.{}.self_attn.q_proj"},
    {Role::Key, "blk.{}.attn_k", "model.layers.{}.self_attn.k_proj"},
    {Role::Value, "blk.{}.attn_v", "model.layers.{}.self_attn.v_proj"},
    {Role::AttentionOutput, "blk.{}.attn_output", "model.layers.{}.self_attn.o_proj"},
    {Role::FfnNorm, "blk.{}.ffn_norm", "model.layers.{}.post_attention_layernorm"},
    {Role::FfnGate, "blk.{}.ffn_gate", "model.layers.{}.mlp.gate_proj"},
    {Role::FfnUp, "blk.{}.ffn_up", "model.layers.{}.mlp.up_proj"},
    {Role::FfnDown, "blk.{}.ffn_down", "model.layers.{}.mlp.down_proj"},
};

}  // namespace

std::string tensor_name(formats::SourceFormat format, Role role, Part part, std::int64_t layer) {
  const Names& names = kNames[static_cast<std::size_t>(role)];
  const bool is_gguf = format == formats::SourceFormat::Gguf;
  return bantam::format(is_gguf ? names.gguf : names.hugging_face, layer) +
         (part == Part::Bias ? ".bias" : ".weight");
}

}  // namespace bantam::model
