// Phi-3-small: block-sparse attention in every other layer, multipliers of muP, a clamped gate
// whose rows alternate with those of its factor.
#include <algorithm>

#include "model/families/families.h"
#include "model/transformer.h"

namespace bantam::model {
namespace {

constexpr Range kBlocks{1, 1 << 20};

kernels::SparseBlocks read_sparse(const HyperParameters& p, std::int64_t head_count) {
  constexpr Key kSize{"", "blocksparse_block_size"}, kLocal{"", "blocksparse_num_local_blocks"},
      kStride{"", "blocksparse_vert_stride"}, kAlike{"", "blocksparse_homo_head_pattern"};
  kernels::SparseBlocks sparse;
  sparse.block_size = p.require_integer(kSize, kBlocks);
  sparse.local_blocks = p.require_integer(kLocal, kBlocks);
  sparse.vertical_stride = p.require_integer(kStride, kBlocks);
  if (!p.boolean(kAlike).value_or(false)) {
    sparse.head_step = std::max<std::int64_t>(1, sparse.vertical_stride / head_count);
  }
  return sparse;
}

ModelSpec read(const HyperParameters& p) {
  constexpr Key kLimit{"", "gegelu_limit"}, kDense{"", "dense_attention_every_n_layers"},
      kEmbedding{"", "mup_embedding_multiplier"}, kWidth{"", "mup_width_multiplier"},
      kScores{"", "mup_attn_multiplier"}, kUsesMup{"", "mup_use_scaling"},
      kPositions{"", "rope_position_scale"};
  ModelSpec spec = read_transformer(p, {.rope = {.base = 1e6},
                                        .norm = backend::NormKind::Layer,
                                        .norm_epsilon = 1e-5,
                                        .has_tied_output = true,
                                        .states_activation = false});
  spec.norm.has_bias = true;
  spec.embedding_scale = static_cast<float>(p.positive(kEmbedding).value_or(1));
  spec.logit_scale = static_cast<float>(1 / p.positive(kWidth).value_or(1));
  const double stretch = p.positive(kPositions).value_or(1);
  if (stretch != 1) spec.ropes.front().scaling = LinearRopeScaling{stretch};
  const auto dense = static_cast<std::size_t>(p.require_integer(kDense, kLayerCount));
  for_each_attention(spec, [&](AttentionSpec& attention, std::size_t layer) {
    attention.layout = QkvLayout::FusedByGroup;
    attention.has_input_bias = attention.has_output_bias = true;
    if (p.boolean(kUsesMup).value_or(true)) {
      attention.scale = static_cast<float>(p.positive(kScores).value_or(1) /
                                           static_cast<double>(attention.head_size));
    }
    if ((layer + 1) % dense != 0) attention.sparse = read_sparse(p, attention.head_count);
  });
  const auto limit = static_cast<float>(p.require_positive(kLimit));
  for_each_dense_ffn(spec, [&](DenseFfnSpec& ffn) {
    ffn.shape.is_interleaved = true;
    ffn.shape.clamp = limit;
    ffn.has_bias = true;
  });
  return spec;
}

constexpr std::string_view kNames[] = {"phi3small"};
constexpr TensorName kTensors[] = {
    {Role::OutputNorm, "", "model.final_layernorm.weight"},
    {Role::QueryKeyValue, "", "model.layers.{}.self_attn.query_key_value.weight"},
    {Role::AttentionOutput, "", "model.layers.{}.self_attn.dense.weight"},
};

}  // namespace

Family family::phi3small() {
  return {.name = "phi3small",
          .gguf_architectures = {},
          .hugging_face_model_types = kNames,
          .tensor_names = kTensors,
          .read = read};
}

}  // namespace bantam::model
