// MiniCPM 3: latent attention, and multipliers of embeddings, branches and output.
#include <cmath>

#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  // GGUF files do not state the multipliers: they are those of the published model.
  constexpr Key kEmbedding{"embedding_scale", "scale_emb"}, kDepth{"scale_depth", "scale_depth"},
      kBase{"dim_model_base", "dim_model_base"};
  ModelSpec spec = read_transformer(p, {.has_rope = false, .norm_epsilon = 1e-5});
  set_latent_attention(p, {}, spec);
  spec.embedding_scale = static_cast<float>(p.positive(kEmbedding).value_or(p.is_gguf() ? 12 : 1));
  const double depth = p.positive(kDepth).value_or(p.is_gguf() ? 1.4 : 1);
  spec.residual_scale =
      static_cast<float>(depth / std::sqrt(static_cast<double>(spec.layers.size())));
  const double base = p.positive(kBase).value_or(p.is_gguf() ? 256 : 1);
  spec.output_scale = static_cast<float>(base / static_cast<double>(spec.hidden_size));
  return spec;
}

constexpr std::string_view kNames[] = {"minicpm3"};

}  // namespace

Family family::minicpm3() {
  return {.name = "minicpm3",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
