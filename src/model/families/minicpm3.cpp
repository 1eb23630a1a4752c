// MiniCPM 3: latent attention, and multipliers of embeddings, branches and output.
#include <cmath>

#include "base/format.h"
#include "model/conversion/form_parts.h"
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

// GGUF files do not state the multipliers unless they are others than those of the published model.
struct Multiplier {
  Key key;
  double published;
  std::string_view what;
};
constexpr Multiplier kEmbedding{{"embedding_scale", "scale_emb"}, 12, "the factor on embeddings"},
    kDepth{{"scale_depth", "scale_depth"}, 1.4, "the factor on what branches add"},
    kBase{{"dim_model_base", "dim_model_base"},
          256,
          "the factor on the last state, times the hidden size"};
constexpr Multiplier kMultipliers[] = {kEmbedding, kDepth, kBase};

double read_multiplier(const HyperParameters& p, const Multiplier& multiplier) {
  const auto& [key, published, what] = multiplier;
  const Doubt doubt{"1", format("{}; {} in MiniCPM3-4B", what, published)};
  return p.positive(key).value_or(p.is_gguf() ? p.assume(key, published, doubt) : 1);
}

ModelSpec read(const HyperParameters& p) {
  ModelSpec spec = read_transformer(p, {.has_rope = false, .norm_epsilon = 1e-5});
  set_latent_attention(p, {}, spec);
  spec.embedding_scale = static_cast<float>(read_multiplier(p, kEmbedding));
  const double depth = read_multiplier(p, kDepth);
  spec.residual_scale =
      static_cast<float>(depth / std::sqrt(static_cast<double>(spec.layers.size())));
  const double base = read_multiplier(p, kBase);
  spec.output_scale = static_cast<float>(base / static_cast<double>(spec.hidden_size));
  return spec;
}

constexpr std::string_view kNames[] = {"minicpm3"};

using enum formats::GgufType;
constexpr SharedKey kKeys[] = {kVocabularyKey,
                               kNoRopeBase,
                               {{"attention.key_length", ""}},
                               {{"attention.value_length", ""}},
                               {{"attention.q_lora_rank", "q_lora_rank"}},
                               {{"attention.kv_lora_rank", "kv_lora_rank"}},
                               {{"rope.dimension_count", "qk_rope_head_dim"}}};

// The multipliers, where they are not those that readers take for granted.
void add(const HyperParameters& folder, const ModelSpec& spec, KeyWriter& out) {
  const auto& latent = std::get<LatentAttentionSpec>(spec.layers.front().mixer);
  out.integer("attention.key_length", latent.plain_size + latent.rotated_size);
  for (const Multiplier& multiplier : kMultipliers) {
    const double value = folder.positive(multiplier.key).value_or(1);
    if (value != multiplier.published) out.real(multiplier.key.gguf, value);
  }
}

void restore(const HyperParameters& gguf, const ModelSpec& spec, KeyWriter& out) {
  const auto& latent = std::get<LatentAttentionSpec>(spec.layers.front().mixer);
  restore_biases(gguf, spec, out);
  out.integer("qk_nope_head_dim", latent.plain_size);
  out.integer("v_head_dim", latent.value_size);
  for (const Multiplier& multiplier : kMultipliers) {
    out.real(multiplier.key.hugging_face,
             gguf.positive(multiplier.key).value_or(multiplier.published));
  }
}

constexpr OwnKey kOwnKeys[] = {{"embedding_scale", "scale_emb", "12"},
                               {"scale_depth", "scale_depth", "1.4"},
                               {"dim_model_base", "dim_model_base", "256"}};

constexpr GgufForm kForms[] = {{.architecture = "minicpm3",
                                .model_type = "minicpm3",
                                .class_name = "MiniCPM3ForCausalLM",
                                .keys = kKeys,
                                .own_keys = kOwnKeys,
                                .add = add,
                                .restore = restore}};

}  // namespace

Family family::minicpm3() {
  return {.name = "minicpm3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read,
          .gguf_forms = kForms};
}

}  // namespace bantam::model
