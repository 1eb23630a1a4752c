// DeepSeek V2, V3 and R1: latent attention; after the first layers mixtures of many small experts,
// chosen group by group, beside one that every token uses.
#include <cmath>

#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

using Scores = backend::ExpertRouting::Scores;

// Of the layers after the first dense ones, one in so many has experts.
constexpr Key kStep{"", "moe_layer_freq"};

// YaRN's correction of the scores; folders state it as mscale_all_dim, GGUF files 0.1 times that.
double score_correction(const HyperParameters& p, const ModelSpec& spec) {
  constexpr Key kAll{"rope.scaling.yarn_log_multiplier",
                     "rope_parameters.mscale_all_dim|rope_scaling.mscale_all_dim"};
  const auto* yarn = std::get_if<YarnRopeScaling>(&spec.ropes.front().scaling);
  if (yarn == nullptr) return 1;
  const Doubt doubt{"0.0707", "YaRN's factor on scores; 0.0707 in DeepSeek-V2-Lite, 0.1 in V3"};
  const double all = p.real(kAll).value_or(p.assume(kAll, 0.0, doubt)) * (p.is_gguf() ? 10 : 1);
  const double magnitude = yarn_magnitude(yarn->factor, all);
  return magnitude * magnitude;
}

Scores read_scores(const HyperParameters& p, bool is_version_3) {
  constexpr Key kStated{"", "scoring_func"}, kNumber{"expert_gating_func", ""};
  if (p.is_gguf()) {
    const Doubt doubt{"2", "how experts are weighed: 1 softmax, 2 sigmoid as in DeepSeek-V3"};
    const auto number = p.integer(kNumber, {1, 2});
    return number.value_or(p.assume(kNumber, std::int64_t{1}, doubt)) == 2 ? Scores::Sigmoid
                                                                           : Scores::Softmax;
  }
  const std::string_view stated = p.text(kStated).value_or(is_version_3 ? "sigmoid" : "softmax");
  if (stated != "sigmoid" && stated != "softmax") {
    p.fail_unsupported(kStated, quoted(stated), "sigmoid, softmax");
  }
  return stated == "sigmoid" ? Scores::Sigmoid : Scores::Softmax;
}

bool is_version_3(const HyperParameters& p) {
  constexpr Key kType{"", "model_type"};
  return !p.is_gguf() && p.text(kType) == "deepseek_v3";
}

MixtureFfnSpec read_experts(const HyperParameters& p, const ModelSpec& spec,
                            std::int64_t first_layer) {
  constexpr Key kShared{"expert_shared_count", "n_shared_experts"},
      kScale{"expert_weights_scale", "routed_scaling_factor"},
      kGroups{"expert_group_count", "n_group"}, kUsed{"expert_group_used_count", "topk_group"},
      kMethod{"", "topk_method"};
  MixtureFfnSpec mixture = read_mixture(p, spec);
  backend::ExpertRouting& routing = mixture.routing;
  routing.scores = read_scores(p, is_version_3(p));
  routing.is_renormalised = read_renormalised(p, false, is_version_3(p));
  routing.scale = static_cast<float>(p.positive(kScale).value_or(
      p.assume(kScale, 1.0, {"2.5", "the factor on the experts' weights; 2.5 in DeepSeek-V3"})));
  mixture.has_choice_bias = p.has_tensor(Role::RouterChoiceBias, Part::Weight, first_layer);
  if (p.text(kMethod) == "noaux_tc" && !p.is_gguf()) mixture.has_choice_bias = true;
  p.note(kGroups, "1",
         {"8", "the groups among which a token's experts are chosen; 8 in DeepSeek-V3"});
  routing.group_count = p.integer(kGroups, {1, routing.expert_count}).value_or(1);
  if (routing.group_count > 1) {
    p.note(kUsed, "1", {to_text(routing.group_count / 2), "how many of the groups a token uses"});
  }
  routing.used_groups = p.integer(kUsed, {1, routing.group_count}).value_or(1);
  if (routing.expert_count % routing.group_count != 0) {
    p.fail(kGroups, to_text(routing.group_count),
           format("a divisor of the {} experts", routing.expert_count));
  }
  const std::int64_t choosable = routing.expert_count / routing.group_count * routing.used_groups;
  if (routing.used_count > choosable) {
    p.fail(kUsed, to_text(routing.used_groups),
           format("groups with at least the {} experts of a token", routing.used_count));
  }
  routing.group_best = mixture.has_choice_bias ? 2 : 1;
  const std::int64_t shared = p.integer(kShared, {0, 256}).value_or(0);
  if (shared > 0) {
    mixture.shared = DenseFfnSpec{.shape = mixture.expert};
    mixture.shared->shape.size *= shared;
  }
  return mixture;
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kDense{"leading_dense_block_count", "first_k_dense_replace"},
      kInterleaved{"", "rope_interleave"};
  const bool is_interleaved = p.is_gguf() || p.boolean(kInterleaved).value_or(true);
  const auto pairs = is_interleaved ? backend::RopePairs::Neighbours : backend::RopePairs::Halves;
  const RopeConventions rope{.gguf_pairs = pairs, .hugging_face_pairs = pairs};
  ModelSpec spec = read_transformer(p, {.has_rope = false});
  set_latent_attention(p, rope, spec);
  const double correction = score_correction(p, spec);
  const std::int64_t dense =
      p.integer(kDense, {0, std::ssize(spec.layers) - 1}).value_or(is_version_3(p) ? 3 : 0);
  const std::int64_t step = p.integer(kStep, {1, kLayerCount.high}).value_or(1);
  const MixtureFfnSpec mixture = read_experts(p, spec, dense);
  for (std::int64_t i = 0; i < std::ssize(spec.layers); ++i) {
    LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
    float& scale = std::get<LatentAttentionSpec>(layer.mixer).scale;
    scale = static_cast<float>(static_cast<double>(scale) * correction);
    if (i >= dense && i % step == 0) layer.ffn = mixture;
  }
  return spec;
}

constexpr std::string_view kArchitectures[] = {"deepseek2"};
constexpr std::string_view kTypes[] = {"deepseek_v2", "deepseek_v3"};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kVocabularyKey,
                               {{"attention.head_count_kv", ""}},
                               {{"attention.key_length", ""}},
                               {{"attention.value_length", ""}},
                               {{"attention.q_lora_rank", "q_lora_rank"}},
                               {{"attention.kv_lora_rank", "kv_lora_rank"}},
                               {{"attention.value_length_mla", "v_head_dim"}},
                               {{"rope.dimension_count", "qk_rope_head_dim"}},
                               {{"leading_dense_block_count", "first_k_dense_replace"}},
                               {{"expert_count", "n_routed_experts"}},
                               {{"expert_feed_forward_length", "moe_intermediate_size"}},
                               {{"expert_shared_count", "n_shared_experts"}},
                               {{"expert_weights_scale", "routed_scaling_factor"}, F32}};

// GGUF describes the cache that it implies: one key/value head as large as the latent vector.
void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  constexpr Key kAll{"", "rope_parameters.mscale_all_dim|rope_scaling.mscale_all_dim"};
  const auto& latent = std::get<LatentAttentionSpec>(spec.layers.front().mixer);
  if (const auto step = folder.integer(kStep, {1, kLayerCount.high}).value_or(1); step > 1) {
    folder.fail_unsupported(kStep, to_text(step), "1 in GGUF files, which have no key for it");
  }
  const MixtureFfnSpec& mixture = *first_mixture(spec);  // the last layer at least
  out.integer("attention.head_count_kv", 1);
  out.integer("attention.key_length", latent.latent_size + latent.rotated_size);
  out.integer("attention.value_length", latent.latent_size);
  out.integer("attention.key_length_mla", latent.plain_size + latent.rotated_size);
  out.integer("expert_gating_func", mixture.routing.scores == Scores::Sigmoid ? 2 : 1);
  if (mixture.routing.is_renormalised) out.boolean("expert_weights_norm", true);
  if (const auto all = folder.real(kAll)) out.real("rope.scaling.yarn_log_multiplier", 0.1 * *all);
}

void restore_routing(const MixtureFfnSpec& mixture, KeyWriter& out) {
  const bool is_version_3 = mixture.has_choice_bias;
  const std::string class_name = is_version_3 ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM";
  out.texts("architectures", std::span(&class_name, 1));
  out.text("model_type", is_version_3 ? "deepseek_v3" : "deepseek_v2");
  out.text("scoring_func", mixture.routing.scores == Scores::Sigmoid ? "sigmoid" : "softmax");
  out.boolean("norm_topk_prob", mixture.routing.is_renormalised);
  out.integer("moe_layer_freq", 1);
  const bool has_groups = mixture.routing.group_count > 1;
  out.text("topk_method", is_version_3 ? "noaux_tc"
                          : has_groups ? "group_limited_greedy"
                                       : "greedy");
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  constexpr Key kAll{"rope.scaling.yarn_log_multiplier", ""};
  const auto& latent = std::get<LatentAttentionSpec>(spec.layers.front().mixer);
  restore_routing(*first_mixture(spec), out);
  out.integer("num_key_value_heads", latent.head_count);
  out.integer("qk_nope_head_dim", latent.plain_size);
  out.integer("v_head_dim", latent.value_size);
  if (const auto all = gguf.real(kAll)) {
    // Ten times a single-precision number, as far as that is exact.
    const double scale = std::round(*all * 1e7) / 1e6;
    out.real("rope_scaling.mscale", scale);
    out.real("rope_scaling.mscale_all_dim", scale);
  }
}

constexpr GgufForm kForms[] = {{.architecture = "deepseek2",
                                .model_type = "deepseek_v2",
                                .class_name = "DeepseekV2ForCausalLM",
                                .splits_latent = true,
                                .keys = kKeys,
                                .splits = "deepseek-llm|deepseek-v3|deepseek-coder",
                                .add = add,
                                .restore = restore},
                               {.architecture = "deepseek2",
                                .model_type = "deepseek_v3",
                                .class_name = "DeepseekV3ForCausalLM",
                                .splits_latent = true,
                                .keys = kKeys,
                                .splits = "deepseek-llm|deepseek-v3|deepseek-coder",
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::deepseek() {
  return {.name = "deepseek",
          .gguf_architectures = kArchitectures,
          .hugging_face_model_types = kTypes,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
