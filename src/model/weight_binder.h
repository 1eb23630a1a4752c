// Finds each weight of a spec in a file and checks that it is what the spec says.
#pragma once

#include <set>
#include <string>

#include "model/model.h"
#include "model/tensor_names.h"

namespace bantam::model {

// Fills the weights of one model under construction. Every look-up throws BadFile, naming tensor,
// expected and found shape, where a weight is missing or misshapen, and Unsupported for a type that
// cannot be computed with. What a file has in another order than the network wants it is copied
// once; everything else stays where it is.
class WeightBinder {
 public:
  WeightBinder(Model& model, TensorNames names) : model_(model), names_(names) {}

  void bind();

  // For the parts of the network (mixers/, ffn/), which bind their own weights.
  const ModelSpec& spec() const { return model_.spec_; }
  bool is_gguf() const { return model_.file_.format() == formats::SourceFormat::Gguf; }
  bool has(Role role, std::int64_t layer, std::int64_t expert = 0);
  // Files may have these tensors of a layer, which the network does not need.
  void leave_out(Role role, std::int64_t layer);
  const formats::TensorFile& file() const { return model_.file_; }
  // A tensor of any shape as it is stored.
  Tensor stored(Role role, Part part, std::int64_t layer, std::int64_t expert, const Shape& shape);
  Tensor matrix(Role role, std::int64_t layer, std::int64_t outputs, std::int64_t inputs,
                std::int64_t expert = 0);
  // Whether a matrix has blocks along its inputs: then it is stored by outputs, whatever the
  // original of a quantized folder did.
  bool is_quantized(Role role, std::int64_t layer, std::int64_t expert = 0);
  // A matrix with the order of its inputs, which the others above refuse.
  LinearWeights weight(Role role, std::int64_t layer, std::int64_t expert, std::int64_t outputs,
                       std::int64_t inputs);
  Tensor vector(Role role, Part part, std::int64_t layer, std::int64_t size,
                std::int64_t expert = 0);
  // The one number of a tensor of shape [] or [1].
  float number(Role role, std::int64_t layer);
  // `count` numbers in any shape, as F32 [count].
  Tensor flat(Role role, Part part, std::int64_t layer, std::int64_t count);
  // The weights of a convolution of each channel over time: F32 [channels, taps].
  Tensor taps(Role role, std::int64_t layer, std::int64_t channels, std::int64_t taps);
  // Rates below 0, which folders hold as the logarithm of their negative: F32 [count].
  Tensor decay_rates(Role role, std::int64_t layer, std::int64_t count);
  Tensor constant(std::int64_t count, float value);  // F32 [count]
  LinearWeights linear(Role role, std::int64_t layer, std::int64_t outputs, std::int64_t inputs,
                       bool has_bias);
  NormWeights norm(Role role, std::int64_t layer, std::int64_t size, bool has_bias);
  // Floats of a tensor of any shape: a view of a large one that holds such.
  Tensor as_floats(const Tensor& tensor, float added = 0);
  // One norm for each of `count` heads: [count, size], from one tensor or from `count`.
  NormWeights head_norms(Role role, std::int64_t layer, std::int64_t count, std::int64_t size);
  // [columns, rows] of a matrix, in its own type where that has no blocks, else F32.
  Tensor transposed(const Tensor& matrix);
  // The rows that `pieces` name as (first, count), one piece after the other.
  Tensor gathered(const Tensor& matrix,
                  std::span<const std::pair<std::int64_t, std::int64_t>> pieces);

 private:
  const formats::TensorEntry* find(Role role, Part part, std::int64_t layer, std::int64_t expert);
  const formats::TensorEntry& require(Role role, Part part, std::int64_t layer, std::int64_t expert,
                                      const Shape& shape);
  Tensor allocate(DType type, const Shape& shape);
  void bind_embeddings();
  Layer bind_layer(const LayerSpec& spec);
  void bind_ropes();
  void list_unused();

  Model& model_;
  TensorNames names_;
  std::set<std::string, std::less<>> used_;
  std::set<std::string, std::less<>> left_out_;
};

// Rows [first, first + count) of a matrix or vector: a view.
Tensor rows_of(const Tensor& tensor, std::int64_t first, std::int64_t count);
// The same outputs of a linear layer with its bias.
LinearWeights outputs_of(const LinearWeights& weights, std::int64_t first, std::int64_t count);

}  // namespace bantam::model
