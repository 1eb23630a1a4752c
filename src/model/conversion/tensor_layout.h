// What the two formats do differently with a weight: shared by both directions of conversion.
#pragma once

#include <cstdint>
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

// Heads whose rows GGUF reorders; 0 for other roles.
std::int64_t permuted_heads(const LayerSpec& layer, Role role);

// The whole tensor, or the whole matrix transposed.
TensorPiece whole(const formats::TensorEntry& entry);
TensorPiece whole_transposed(const formats::TensorEntry& entry);

// The rows of each head (or the elements of a bias) in the order in which the two values of a pair
// are neighbours; or from that order to the one in which a pair's values are half a head apart.
enum class PairOrder { Neighbours, Halves };
std::vector<TensorPiece> permuted(const formats::TensorEntry& entry, std::int64_t heads,
                                  PairOrder to);

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
