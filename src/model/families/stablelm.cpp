// StableLM 2: LayerNorm, a quarter of each head rotating; the 12B model has its two halves side by
// side and a norm for each head.
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kParallel{"use_parallel_residual", "use_parallel_residual"},
      kBias{"", "use_qkv_bias"}, kHeadNorm{"", "qk_layernorm"};
  ModelSpec spec = read_transformer(
      p, {.rope = {.rotated_part = 0.25}, .norm = backend::NormKind::Layer, .norm_epsilon = 1e-5});
  spec.norm.has_bias = true;
  const bool is_parallel = p.boolean(kParallel).value_or(p.assume(
      kParallel, false, {"true", "whether both branches read one state, as in the 12B model"}));
  for (LayerSpec& layer : spec.layers) {
    layer.is_parallel = is_parallel;
    layer.shares_norm = is_parallel && !p.has_tensor(Role::FfnNorm);
  }
  const bool has_bias =
      p.is_gguf() ? p.has_tensor(Role::Query, Part::Bias) : p.boolean(kBias).value_or(false);
  const bool has_norm =
      p.is_gguf() ? p.has_tensor(Role::QueryNorm) : p.boolean(kHeadNorm).value_or(false);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    attention.has_input_bias = has_bias;
    if (has_norm) attention.head_norm = HeadNorm::PerHeadOwn;
  });
  return spec;
}

constexpr std::string_view kNames[] = {"stablelm"};

constexpr TensorName kTensors[] = {
    {Role::QueryNorm, "", "model.layers.{}.self_attn.q_layernorm.norms.{}.weight"},
    {Role::KeyNorm, "", "model.layers.{}.self_attn.k_layernorm.norms.{}.weight"},
};

constexpr SharedKey kKeys[] = {
    kNoRopeBase, {{"use_parallel_residual", "use_parallel_residual"}, formats::GgufType::Bool}};

void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  add_rope_size(folder, spec, out);
  out.boolean("use_parallel_residual", spec.layers.front().is_parallel);
}

void restore(const HyperParameters&, const ModelSpec& spec, KeyWriter& out) {
  const auto& attention = std::get<AttentionSpec>(spec.layers.front().mixer);
  out.boolean("use_qkv_bias", attention.has_input_bias);
  out.boolean("qk_layernorm", attention.head_norm != HeadNorm::None);
}

constexpr GgufForm kForms[] = {{.architecture = "stablelm",
                                .model_type = "stablelm",
                                .class_name = "StableLmForCausalLM",
                                .keys = kKeys,
                                .splits = "stablelm2",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::stablelm() {
  return {.name = "stablelm",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
