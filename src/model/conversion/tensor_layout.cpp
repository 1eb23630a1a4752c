#include "model/conversion/tensor_layout.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/format.h"
#include "tensor/quant_format.h"

namespace bantam::model {

using formats::TensorEntry;

bool has_role(const LayerSpec& layer, Role role) {
  const auto* dense = std::get_if<DenseFfnSpec>(&layer.ffn);
  const auto* mixture = std::get_if<MixtureFfnSpec>(&layer.ffn);
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
    case Role::FfnDown:
      return dense != nullptr;
    case Role::SharedGateUp:
    case Role::SharedDown:
      return mixture != nullptr && mixture->shared;
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

bool is_quantized(const TensorEntry& entry) {
  const QuantFormat* format = find_quant_format(entry.tensor.type);
  return format != nullptr && format->block_size > 1;
}

std::int64_t permuted_heads(const LayerSpec& layer, Role role) {
  const auto* attention = std::get_if<AttentionSpec>(&layer.mixer);
  if (attention == nullptr) return 0;
  if (role == Role::Query) return attention->head_count;
  return role == Role::Key ? attention->kv_head_count : 0;
}

const AttentionSpec* attention_of(const LayerSpec& layer) {
  const auto* parallel = std::get_if<ParallelMixerSpec>(&layer.mixer);
  return parallel != nullptr ? &parallel->attention : std::get_if<AttentionSpec>(&layer.mixer);
}

const StateSpaceSpec* state_space_of(const LayerSpec& layer) {
  const auto* parallel = std::get_if<ParallelMixerSpec>(&layer.mixer);
  return parallel != nullptr ? &parallel->state_space : std::get_if<StateSpaceSpec>(&layer.mixer);
}

const DeltaNetSpec* reordered_net(const LayerSpec& layer) {
  const auto* net = std::get_if<DeltaNetSpec>(&layer.mixer);
  return net != nullptr && net->value_head_count != net->key_head_count ? net : nullptr;
}

bool has_value_heads(Role role) {
  switch (role) {
    case Role::DeltaIn:
    case Role::DeltaGate:
    case Role::DeltaA:
    case Role::DeltaB:
    case Role::StateConvolution:
    case Role::StateDecay:
    case Role::StateStepBias:
    case Role::StateOut:
      return true;
    default:
      return false;
  }
}

Shape gguf_shape(const LayerSpec& layer, Role role, const Shape& folder) {
  const StateSpaceSpec* states = state_space_of(layer);
  const std::int64_t count = folder.element_count();
  switch (role) {
    case Role::ConvolutionTaps:
    case Role::StateConvolution:
      return folder.rank() == 3 ? Shape{folder[0], folder[1] * folder[2]} : folder;
    case Role::StateDecay:
    case Role::StateSkip:
      return states != nullptr ? Shape{count, 1} : folder;
    case Role::StateNorm:
      if (states == nullptr) return folder;
      return Shape{states->group_count, count / states->group_count};
    default:
      return folder;
  }
}

Shape folder_shape(const LayerSpec& layer, Role role, const Shape& gguf) {
  switch (role) {
    case Role::ConvolutionTaps:
    case Role::StateConvolution:
      return gguf.rank() == 2 ? Shape{gguf[0], 1, gguf[1]} : gguf;
    case Role::StateDecay:
    case Role::StateSkip:
    case Role::StateNorm:
      return state_space_of(layer) != nullptr ? Shape{gguf.element_count()} : gguf;
    default:
      return gguf;
  }
}

std::span<const ListedNumber> listed_numbers() {
  static constexpr ListedNumber kNumbers[] = {{Role::XieluPositive, "xielu.alpha_p", false},
                                              {Role::XieluNegative, "xielu.alpha_n", false},
                                              {Role::XieluSlope, "xielu.beta", true},
                                              {Role::XieluEpsilon, "xielu.eps", true}};
  return kNumbers;
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
      role == Role::PositionEmbedding || role == Role::ConvolutionTaps ||
      role == Role::StateConvolution) {
    return DType::F32;
  }
  // Folders' MXFP4 has the blocks of GGUF's.
  const bool is_kept = wanted == WeightType::AsStored && source.tensor.type == DType::FP4_E8M0;
  return is_kept ? DType::MXFP4 : float_type_of(source.tensor.type, wanted);
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
