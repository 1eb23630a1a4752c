// Qwen3 with a mixture of experts in most layers.
#include <algorithm>

#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr Key kStep{"", "decoder_sparse_step"}, kDense{"", "mlp_only_layers"};

ModelSpec read(const HyperParameters& p) {
  constexpr Key kWindows{"", "use_sliding_window"};
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e6}});
  read_biases(p, spec);
  for_each_attention(
      spec, [](AttentionSpec& attention, std::size_t) { attention.head_norm = HeadNorm::PerHead; });
  if (!p.is_gguf() && p.boolean(kWindows).value_or(false)) read_window(p, spec);
  MixtureFfnSpec mixture = read_mixture(p, spec);
  mixture.routing.is_renormalised = read_renormalised(p, true, false);
  const std::int64_t step = p.integer(kStep, {1, kLayerCount.high}).value_or(1);
  const auto dense = p.is_gguf() ? std::nullopt : p.metadata().integers(p.name(kDense));
  for (std::int64_t i = 0; i < std::ssize(spec.layers); ++i) {
    const bool is_dense = dense && std::ranges::find(*dense, i) != dense->end();
    if (!is_dense && (i + 1) % step == 0) {
      spec.layers[static_cast<std::size_t>(i)].ffn = mixture;
    }
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"qwen3moe"};
constexpr std::string_view kTypes[] = {"qwen3_moe"};

constexpr SharedKey kKeys[] = {{{"expert_count", "num_experts|num_local_experts"}},
                               {{"expert_feed_forward_length", "moe_intermediate_size"}}};

// GGUF's readers expect experts in every layer.
void require_experts(const HyperParameters& folder, const ModelSpec& spec) {
  const bool is_mixed = std::ranges::any_of(spec.layers, [](const LayerSpec& layer) {
    return !std::holds_alternative<MixtureFfnSpec>(layer.ffn);
  });
  if (!is_mixed) return;
  const std::int64_t step = folder.integer(kStep, {1, kLayerCount.high}).value_or(1);
  if (step > 1) folder.fail_unsupported(kStep, to_text(step), "1 in a GGUF file");
  folder.fail_unsupported(kDense, "layers without experts", "none in a GGUF file");
}

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  require_experts(folder, spec);
  add_renormalised(spec, true, out);
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  restore_biases(gguf, spec, out);
  restore_renormalised(spec, out);
  out.integer("decoder_sparse_step", 1);
}

constexpr OwnKey kOwnKeys[] = {kOwnSum};

constexpr GgufForm kForms[] = {{.architecture = "qwen3moe",
                                .model_type = "qwen3_moe",
                                .class_name = "Qwen3MoeForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .splits = "qwen2",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::qwen3moe() {
  return {.name = "qwen3moe",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
