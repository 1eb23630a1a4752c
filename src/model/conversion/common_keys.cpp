#include "model/conversion/common_keys.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bantam::model {

std::span<const SharedKey> common_keys() {
  using enum formats::GgufType;
  static constexpr SharedKey kKeys[] = {
      {{"block_count", "num_hidden_layers|n_layer|n_layers|num_layers"}},
      {{"context_length", "max_position_embeddings|n_positions|n_ctx|seq_length"}},
      {{"embedding_length", "hidden_size|n_embd"}},
      {{"feed_forward_length", "intermediate_size|n_inner"}},
      {{"attention.head_count", "num_attention_heads|n_head"}},
      {{"attention.head_count_kv", "num_key_value_heads"}},
      {{"attention.key_length", "head_dim"}},
      {{"attention.value_length", "head_dim"}},
      {{"attention.layer_norm_rms_epsilon", "rms_norm_eps|norm_eps"}, F32},
      {{"attention.layer_norm_epsilon", "layer_norm_eps|layer_norm_epsilon|norm_epsilon"}, F32},
      {{"expert_count", "num_local_experts|num_experts|n_routed_experts"}},
      {{"expert_used_count", "num_experts_per_tok"}},
      {{"expert_group_count", "n_group"}},
      {{"expert_group_used_count", "topk_group"}},
      {kRopeBase, F32},
      {kSlidingRopeBase, F32},
  };
  return kKeys;
}

std::string_view activation_name(kernels::Activation activation) {
  constexpr std::array<std::pair<kernels::Activation, std::string_view>, 5> kNames{
      {{kernels::Activation::Silu, "silu"},
       {kernels::Activation::Gelu, "gelu"},
       {kernels::Activation::GeluTanh, "gelu_pytorch_tanh"},
       {kernels::Activation::Relu, "relu"},
       {kernels::Activation::ReluSquared, "relu2"}}};
  for (const auto& [value, name] : kNames) {
    if (value == activation) return name;
  }
  return {};
}

bool has_own_key(const GgufForm& form, std::string_view gguf) {
  return std::ranges::any_of(form.keys, [&](const SharedKey& own) { return own.key.gguf == gguf; });
}

bool lacks_key(const GgufForm& form, std::string_view gguf) {
  return std::ranges::any_of(form.keys, [&](const SharedKey& own) {
    return own.key.gguf == gguf && own.key.hugging_face.empty();
  });
}

}  // namespace bantam::model
