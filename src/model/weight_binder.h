// Finds each weight of a spec in a file and checks that it is what the spec says.
#pragma once

#include <set>
#include <string>

#include "model/model.h"
#include "model/tensor_names.h"

namespace bantam::model {

// Fills the weights of one model under construction.
class WeightBinder {
 public:
  explicit WeightBinder(Model& model) : model_(model) {}

  void bind();

 private:
  const formats::TensorEntry* find(Role role, Part part, std::int64_t layer);
  const formats::TensorEntry& require(Role role, Part part, std::int64_t layer, const Shape& shape);
  Tensor matrix(Role role, std::int64_t layer, std::int64_t outputs, std::int64_t inputs);
  Tensor vector(Role role, Part part, std::int64_t layer, std::int64_t size);
  LinearWeights linear(Role role, std::int64_t layer, std::int64_t outputs, std::int64_t inputs,
                       bool has_bias);
  AttentionWeights bind(const AttentionSpec& spec, std::int64_t layer);
  GatedFfnWeights bind(const GatedFfnSpec& spec, std::int64_t layer);
  void bind_ropes();
  void list_unused();

  Model& model_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace bantam::model
