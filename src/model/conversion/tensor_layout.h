// What the two formats do differently with a weight: shared by both directions of conversion.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/conversion/tensor_plan.h"

namespace bantam::model {

// Whether a layer has a weight of this role; several roles share a name.
bool has_role(const LayerSpec& layer, Role role);

// Weights to which one is added in GGUF files of families whose folders store norms minus one.
bool is_norm(Role role);

// Matrices that GPT-2's folders store [inputs, outputs].
bool is_projection(Role role);

// Whether a tensor is in blocks: such matrices of folders stand by outputs whatever their model
// does.
bool is_quantized(const formats::TensorEntry& entry);

// Heads whose rows GGUF reorders; 0 for other roles.
std::int64_t permuted_heads(const LayerSpec& layer, Role role);

// The attention of a layer, alone or beside a state space; null where it has none.
const AttentionSpec* attention_of(const LayerSpec& layer);
// The state space of a layer, alone or beside attention; null where it has none.
const StateSpaceSpec* state_space_of(const LayerSpec& layer);
// The delta net of a layer whose value heads GGUF reorders; null for all others.
const DeltaNetSpec* reordered_net(const LayerSpec& layer);
// Whether a delta net's weight of this role goes by value heads.
bool has_value_heads(Role role);

// The shape that a weight has in files of either format, of the same elements.
Shape gguf_shape(const LayerSpec& layer, Role role, const Shape& folder);
Shape folder_shape(const LayerSpec& layer, Role role, const Shape& gguf);

// Numbers that GGUF files have as a list over the layers among their metadata, folders as tensors.
struct ListedNumber {
  Role role;
  std::string_view key;
  bool is_scalar;  // in folders: without axes, or else of one element
};
std::span<const ListedNumber> listed_numbers();

// The type that a tensor gets.
DType gguf_type_of(Role role, std::string_view name, const formats::TensorEntry& source,
                   WeightType wanted);
DType folder_type_of(const formats::TensorEntry& source, WeightType wanted);

// "{}" in a name.
int place_count(std::string_view pattern);

// Names of the tensors that are none of `used`, nor such that every reader leaves out.
std::vector<std::string> left_out(const formats::TensorFile& file,
                                  const std::vector<PlannedTensor>& planned,
                                  std::string_view tied_output);

}  // namespace bantam::model
