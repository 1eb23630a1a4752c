#include "model/description.h"

#include <algorithm>

#include "base/format.h"

namespace bantam::model {
namespace {

std::string_view activation_name(kernels::Activation activation) {
  constexpr std::string_view kNames[] = {"silu", "tanh gelu",    "gelu",
                                         "relu", "relu squared", "sigmoid"};
  return kNames[static_cast<std::size_t>(activation)];
}

std::string words(const AttentionSpec& spec) {
  std::string text =
      format("{} heads of {} values, {} for keys and values{}", spec.head_count, spec.head_size,
             spec.kv_head_count, spec.kv_layer ? " of an earlier layer" : "");
  if (spec.window != kNoWindow) text += format(", window of {} tokens", spec.window);
  if (spec.sparse.block_size > 0) {
    text += format(", sparse in blocks of {} tokens", spec.sparse.block_size);
  }
  if (!spec.rope) text += ", no rotation";
  return text;
}

std::string words(const LatentAttentionSpec& spec) {
  return format("{} heads over a latent of {} values, {} rotated", spec.head_count,
                spec.latent_size, spec.rotated_size);
}

std::string words(const ShortConvolutionSpec& spec) {
  return format("short convolution over {} tokens", spec.taps);
}

std::string words(const StateSpaceSpec& spec) {
  return format("state space of {} heads of {} values, {} states each", spec.head_count,
                spec.head_size, spec.state_size);
}

std::string words(const ParallelMixerSpec& spec) {
  return words(spec.attention) + ", beside a " + words(spec.state_space);
}

std::string words(const DeltaNetSpec& spec) {
  return format("delta rule of {} heads, keys of {} values", spec.value_head_count, spec.key_size);
}

std::string words(const DenseFfnSpec& spec) {
  return format("{}, {}{}{}", spec.shape.size,
                spec.has_xielu         ? "learned xielu"
                : spec.shape.clamp > 0 ? "clamped gelu"
                                       : activation_name(spec.shape.activation),
                spec.shape.is_gated ? ", gated" : "", spec.gate_cutoff ? ", sparse" : "");
}

std::string words(const MixtureFfnSpec& spec) {
  std::string text = format("{} experts of {}, {} a token", spec.routing.expert_count,
                            spec.expert.size, spec.routing.used_count);
  if (spec.shared) text += format(", and one of {} for all", spec.shared->shape.size);
  return text;
}

void count(std::vector<LayerKind>& kinds, std::string text) {
  const auto found = std::ranges::find(kinds, text, &LayerKind::text);
  if (found != kinds.end()) {
    ++found->layer_count;
  } else {
    kinds.push_back({std::move(text), 1});
  }
}

}  // namespace

std::string describe(const MixerSpec& mixer) {
  return std::visit([](const auto& spec) { return words(spec); }, mixer);
}

std::string describe(const FfnSpec& ffn) {
  return std::visit([](const auto& spec) { return words(spec); }, ffn);
}

std::vector<LayerKind> mixer_kinds(const ModelSpec& spec) {
  std::vector<LayerKind> kinds;
  for (const LayerSpec& layer : spec.layers) count(kinds, describe(layer.mixer));
  return kinds;
}

std::vector<LayerKind> ffn_kinds(const ModelSpec& spec) {
  std::vector<LayerKind> kinds;
  for (const LayerSpec& layer : spec.layers) count(kinds, describe(layer.ffn));
  return kinds;
}

}  // namespace bantam::model
