// Elements that the two formats have in another order or in other tensors, as pieces; internal to
// conversion.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/conversion/gguf_form.h"
#include "model/conversion/tensor_plan.h"

namespace bantam::model {

// The whole tensor, or the whole matrix transposed.
TensorPiece whole(const formats::TensorEntry& entry);
TensorPiece whole_transposed(const formats::TensorEntry& entry);

// The matrix of one expert of a stack [experts, rows, columns], transposed.
TensorPiece transposed_expert(const formats::TensorEntry& stack, std::int64_t expert);

// The rows of each head (or the elements of a bias) in the order in which the two values of a pair
// are neighbours; or from that order to the one in which a pair's values are half a head apart.
// Throws BadFile for rows that are no heads.
enum class PairOrder { Neighbours, Halves };
std::vector<TensorPiece> permuted(const formats::TensorEntry& entry, std::int64_t heads,
                                  PairOrder to);

// A weight of a delta net, its value heads in GGUF's order, in which key heads repeat in turn, or
// in that of folders, in which the value heads of a key head follow each other. Everything else
// stays in its place. Throws BadFile for a weight of another size.
enum class HeadOrder { Tiled, Grouped };
std::vector<TensorPiece> with_value_heads(const formats::TensorEntry& entry,
                                          const DeltaNetSpec& net, Role role, HeadOrder to);

// Two matrices that folders keep in one, and GGUF files apart.
struct FusedPair {
  Role fused;
  Role first, second;
};
// The pair of which a role is any part, as far as files of the form have it; or null.
const FusedPair* pair_of(const GgufForm& form, Role role);

// The first (part 0) or second (1) half of the outputs of such a matrix, bias, or stack of either;
// or each second one, of a tensor that is FusedTransposed. Throws BadFile for an odd number.
PlannedTensor half_of(const formats::TensorEntry& both, Part part, std::int64_t index,
                      ExpertLayout layout);

// The pieces of the whole from both halves, of equal shapes [(experts,) outputs(, inputs)].
PlannedTensor joined(const formats::TensorEntry& first, const formats::TensorEntry& second,
                     Part part, ExpertLayout layout);

}  // namespace bantam::model
