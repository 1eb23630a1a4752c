// Reading what recurrent layers are from the two kinds of files.
#include <algorithm>
#include <string>

#include "base/format.h"
#include "model/layer_types.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

std::vector<bool> of_folder(const HyperParameters& p, std::size_t layer_count) {
  constexpr std::string_view kKnown[] = {"attention", "full_attention",   "sliding_attention",
                                         "conv",      "linear_attention", "mamba"};
  std::vector<bool> recurrent;
  for (const std::string_view type : layer_types(p, layer_count, kKnown)) {
    recurrent.push_back(type == "conv" || type == "mamba" || type == "linear_attention");
  }
  return recurrent;
}

std::vector<bool> of_gguf(const HyperParameters& p, std::size_t layer_count) {
  constexpr Key kFlags{"attention.recurrent_layers", ""}, kHeads{"attention.head_count_kv", ""},
      kInterval{"full_attention_interval", ""};
  if (const auto flags = p.metadata().booleans(p.name(kFlags))) return *flags;
  std::vector<bool> recurrent;
  if (const auto interval = p.integer(kInterval, kLayerCount)) {
    for (std::size_t i = 0; i < layer_count; ++i) {
      recurrent.push_back((static_cast<std::int64_t>(i) + 1) % *interval != 0);
    }
    return recurrent;
  }
  const auto heads = p.metadata().integers(p.name(kHeads));
  if (!heads) p.fail(kHeads, "nothing", "the key/value heads of each layer");
  for (const std::int64_t count : *heads) recurrent.push_back(count == 0);
  return recurrent;
}

}  // namespace

const std::vector<std::string_view>& layer_types(const HyperParameters& p, std::size_t layer_count,
                                                 std::span<const std::string_view> known) {
  constexpr Key kTypes{"", "layer_types"};
  const auto* types = p.metadata().texts(p.name(kTypes));
  if (types == nullptr) p.fail(kTypes, "nothing", "the type of each layer");
  for (std::size_t i = 0; i < std::min(layer_count, types->size()); ++i) {
    if (std::ranges::find(known, (*types)[i]) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known)
      names += (names.empty() ? "" : ", ") + std::string(name);
    p.fail_unsupported(kTypes, quoted((*types)[i]), names);
  }
  return *types;
}

std::vector<bool> recurrent_layers(const HyperParameters& p, std::size_t layer_count) {
  std::vector<bool> recurrent = p.is_gguf() ? of_gguf(p, layer_count) : of_folder(p, layer_count);
  if (recurrent.size() < layer_count) {
    p.fail({"attention.head_count_kv", "layer_types"}, format("{} entries", recurrent.size()),
           format("one for each of the {} layers", layer_count));
  }
  return recurrent;
}

StateSpaceSpec read_state_space(const HyperParameters& p) {
  constexpr Key kHeads{"ssm.time_step_rank", "mamba_n_heads"}, kSize{"", "mamba_d_head"},
      kInner{"ssm.inner_size", ""}, kState{"ssm.state_size", "mamba_d_state"},
      kGroups{"ssm.group_count", "mamba_n_groups"}, kTaps{"ssm.conv_kernel", "mamba_d_conv"},
      kTapsBias{"", "mamba_conv_bias"}, kBias{"", "mamba_proj_bias"};
  StateSpaceSpec spec;
  spec.head_count = p.require_integer(kHeads, kHeadCount);
  if (p.is_gguf()) {
    const std::int64_t inner = p.require_integer(kInner, kHiddenSize);
    if (inner % spec.head_count != 0) {
      p.fail(kInner, to_text(inner), format("a multiple of the {} heads", spec.head_count));
    }
    spec.head_size = inner / spec.head_count;
  } else {
    spec.head_size = p.require_integer(kSize, kHeadSize);
  }
  spec.state_size = p.require_integer(kState, kHeadSize);
  spec.group_count = p.require_integer(kGroups, {1, spec.head_count});
  if (spec.head_count % spec.group_count != 0) {
    p.fail(kGroups, to_text(spec.group_count),
           format("a divisor of the {} heads", spec.head_count));
  }
  spec.taps = p.require_integer(kTaps, {2, 64});
  spec.has_bias = !p.is_gguf() && p.boolean(kBias).value_or(false);
  spec.has_convolution_bias = p.is_gguf() || p.boolean(kTapsBias).value_or(true);
  return spec;
}

}  // namespace bantam::model
