#include "model/conversion/tensor_layout.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/format.h"

namespace bantam::model {

using formats::TensorEntry;

bool has_role(const LayerSpec& layer, Role role) {
  const auto* dense = std::get_if<DenseFfnSpec>(&layer.ffn);
  const bool is_delta = std::holds_alternative<DeltaNetSpec>(layer.mixer);
  switch (role) {
    case Role::QueryKeyValue:
      return !is_delta;
    case Role::DeltaIn:
      return is_delta;
    case Role::MixerNorm:
      return layer.has_input_norms;
    case Role::FfnNorm:
      return layer.has_input_norms && !layer.shares_norm;
    case Role::MixerOutputNorm:
    case Role::FfnOutputNorm:
      return layer.has_output_norms;
    case Role::FfnGate:
    case Role::FfnUp:
      return dense != nullptr && !dense->is_fused;
    case Role::FfnGateUp:
      return dense != nullptr && dense->is_fused;
    default:
      return true;
  }
}

bool is_norm(Role role) {
  switch (role) {
    case Role::OutputNorm:
    case Role::MixerNorm:
    case Role::MixerOutputNorm:
    case Role::QueryNorm:
    case Role::KeyNorm:
    case Role::QueryDownNorm:
    case Role::LatentNorm:
    case Role::FfnNorm:
    case Role::FfnOutputNorm:
      return true;
    default:
      return false;
  }
}

bool is_projection(Role role) {
  switch (role) {
    case Role::Query:
    case Role::Key:
    case Role::Value:
    case Role::QueryKeyValue:
    case Role::AttentionOutput:
    case Role::FfnGate:
    case Role::FfnUp:
    case Role::FfnGateUp:
    case Role::FfnDown:
      return true;
    default:
      return false;
  }
}

std::int64_t permuted_heads(const LayerSpec& layer, Role role) {
  const auto* attention = std::get_if<AttentionSpec>(&layer.mixer);
  if (attention == nullptr) return 0;
  if (role == Role::Query) return attention->head_count;
  return role == Role::Key ? attention->kv_head_count : 0;
}

TensorPiece whole(const TensorEntry& entry) {
  return {.source = &entry, .count = entry.tensor.shape.element_count()};
}

TensorPiece whole_transposed(const TensorEntry& entry) {
  TensorPiece piece = whole(entry);
  piece.columns = entry.tensor.shape.columns();
  return piece;
}

std::vector<TensorPiece> permuted(const TensorEntry& entry, std::int64_t heads, PairOrder to) {
  const Shape& shape = entry.tensor.shape;
  const std::int64_t width = shape.rank() == 1 ? 1 : shape.columns();
  const std::int64_t rows = shape.element_count() / width;
  const std::int64_t size = rows / heads;
  if (size * heads != rows || size % 2 != 0) {
    throw Error(ErrorCode::BadFile,
                format("{}: tensor {}: found {} rows, expected {} heads of an even number of rows",
                       entry.file, entry.name, rows, heads));
  }
  std::vector<TensorPiece> pieces;
  pieces.reserve(static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t first = row / size * size, within = row % size;
    const std::int64_t from = to == PairOrder::Neighbours
                                  ? within % 2 * (size / 2) + within / 2
                                  : within % (size / 2) * 2 + within / (size / 2);
    pieces.push_back({.source = &entry, .first = (first + from) * width, .count = width});
  }
  return pieces;
}

namespace {

DType float_type_of(DType stored, WeightType wanted) {
  switch (wanted) {
    case WeightType::F32:
      return DType::F32;
    case WeightType::F16:
      return DType::F16;
    case WeightType::Bf16:
      return DType::BF16;
    case WeightType::AsStored:
      break;
  }
  return stored == DType::F16 || stored == DType::BF16 ? stored : DType::F32;
}

}  // namespace

DType gguf_type_of(Role role, std::string_view name, const TensorEntry& source, WeightType wanted) {
  const bool is_vector = source.tensor.shape.rank() <= 1 || !name.ends_with(".weight");
  if (is_vector || name.ends_with("_norm.weight") || role == Role::Router ||
      role == Role::PositionEmbedding) {
    return DType::F32;
  }
  return float_type_of(source.tensor.type, wanted);
}

DType folder_type_of(const TensorEntry& source, WeightType wanted) {
  return float_type_of(source.tensor.type, wanted);
}

int place_count(std::string_view pattern) {
  int count = 0;
  for (std::size_t at = 0; (at = pattern.find("{}", at)) != pattern.npos; at += 2) ++count;
  return count;
}

std::vector<std::string> left_out(const formats::TensorFile& file,
                                  const std::vector<PlannedTensor>& planned,
                                  std::string_view tied_output) {
  std::set<const TensorEntry*> used;
  for (const PlannedTensor& tensor : planned) {
    for (const TensorPiece& piece : tensor.pieces) used.insert(piece.source);
  }
  std::vector<std::string> names;
  for (const TensorEntry& entry : file.tensors()) {
    const bool is_derived =
        entry.name.ends_with("rotary_emb.inv_freq") || entry.name == tied_output;
    if (!is_derived && !used.contains(&entry)) names.push_back(entry.name);
  }
  return names;
}

}  // namespace bantam::model
