// Granite 3: Llama's network with stated multipliers on embeddings, scores, residuals and logits.
#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

ModelSpec read(const HyperParameters& p) {
  constexpr Key kEmbedding{"embedding_scale", "embedding_multiplier"},
      kResidual{"residual_scale", "residual_multiplier"},
      kScores{"attention.scale", "attention_multiplier"}, kLogits{"logit_scale", "logits_scaling"};
  ModelSpec spec = read_transformer(p, {.rope = {.gguf_pairs = backend::RopePairs::Neighbours}});
  read_biases(p, spec);
  spec.embedding_scale = static_cast<float>(p.positive(kEmbedding).value_or(1));
  spec.residual_scale = static_cast<float>(p.positive(kResidual).value_or(1));
  spec.logit_scale = static_cast<float>(1 / p.positive(kLogits).value_or(1));
  const auto scale = p.positive(kScores);
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t) {
    if (scale) attention.scale = static_cast<float>(*scale);
  });
  return spec;
}

constexpr std::string_view kNames[] = {"granite"};

}  // namespace

Family family::granite() {
  return {.name = "granite",
          .gguf_architectures = kNames,
          .hugging_face_model_types = kNames,
          .tensor_names = {},
          .read = read};
}

}  // namespace bantam::model
