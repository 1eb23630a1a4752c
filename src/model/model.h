// A network with its weights: what forward() walks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/kv_cache.h"
#include "backend/ops.h"
#include "formats/tensor_file.h"
#include "model/model_spec.h"
#include "model/weights.h"

namespace bantam::model {

// Owns the file that the weights view. Immutable after load: shared between threads as const.
class Model {
 public:
  // Reads the spec and binds every weight. Throws Unsupported for an unknown family or type,
  // BadFile naming tensor, expected and found shape where a weight is missing or misshapen.
  explicit Model(formats::TensorFile file);

  const ModelSpec& spec() const { return spec_; }
  const formats::TensorFile& file() const { return file_; }
  const Tensor& token_embedding() const { return token_embedding_; }
  // [context, hidden]; empty where the network has none.
  const Tensor& position_embedding() const { return position_embedding_; }
  // Of the second embedding; empty where the network has none.
  const LayerEmbeddingWeights& layer_embedding() const { return layer_embedding_; }
  const AltUpEndWeights& altup_ends() const { return altup_ends_; }
  const NormWeights& output_norm() const { return output_norm_; }
  const LinearWeights& output() const { return output_; }
  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<backend::RopeFrequencies>& ropes() const { return ropes_; }

  // Keys and values of each layer, for the cache.
  std::vector<backend::KvLayerShape> kv_shapes() const;
  // Layers up to the last one that keeps something in the cache.
  std::int64_t cached_layers() const { return cached_layers_; }
  // The most query heads that share one key/value head.
  std::int64_t heads_per_kv_max() const;
  std::int64_t parameter_count() const;
  // Bytes of all bound weights, a tied matrix once.
  std::int64_t weight_bytes() const { return weight_bytes_; }
  // The type that holds most weights.
  DType main_type() const;
  // Names of tensors in the file that the network does not use.
  const std::vector<std::string>& unused_tensors() const { return unused_tensors_; }

 private:
  friend class WeightBinder;

  formats::TensorFile file_;
  ModelSpec spec_;
  Tensor token_embedding_;
  Tensor position_embedding_;
  LayerEmbeddingWeights layer_embedding_;
  AltUpEndWeights altup_ends_;
  NormWeights output_norm_;
  LinearWeights output_;
  std::vector<Layer> layers_;
  std::vector<backend::RopeFrequencies> ropes_;
  std::vector<Buffer> converted_;  // weights that the file has in another form or order
  std::int64_t weight_bytes_ = 0;
  std::int64_t cached_layers_ = 0;
  std::vector<std::string> unused_tensors_;
};

}  // namespace bantam::model
