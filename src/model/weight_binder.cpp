#include "model/weight_binder.h"

#include <cmath>

#include "base/error.h"
#include "base/format.h"
#include "model/rope.h"
#include "tensor/quant_format.h"

namespace bantam::model {

using formats::TensorEntry;

namespace {

// Types that hold weights as they are. Integer tensors are codes of some quantization scheme:
// without its scales they would compute nonsense.
bool is_weight_type(DType type) {
  switch (type) {
    case DType::I8:
    case DType::I16:
    case DType::I32:
    case DType::I64:
      return false;
    default:
      return find_quant_format(type) != nullptr;
  }
}

[[noreturn]] void fail_shape(const TensorEntry& entry, const Shape& expected) {
  throw Error(ErrorCode::BadFile,
              format("{}: tensor {}: expected {}, found {}", entry.file, entry.name,
                     to_text(expected), to_text(entry.tensor.shape)));
}

}  // namespace

const TensorEntry* WeightBinder::find(Role role, Part part, std::int64_t layer) {
  const std::string name = tensor_name(model_.file_.format(), role, part, layer);
  const TensorEntry* entry = model_.file_.find(name);
  if (entry != nullptr) used_.insert(entry->name);
  return entry;
}

const TensorEntry& WeightBinder::require(Role role, Part part, std::int64_t layer,
                                         const Shape& shape) {
  const TensorEntry* entry = find(role, part, layer);
  if (entry == nullptr) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: tensor {} of shape {} is missing; the file is incomplete or of another family",
               model_.file_.name(), tensor_name(model_.file_.format(), role, part, layer),
               to_text(shape)));
  }
  if (entry->tensor.shape != shape) fail_shape(*entry, shape);
  if (!is_weight_type(entry->tensor.type)) {
    throw Error(
        ErrorCode::Unsupported,
        format("{}: tensor {}: found type {}, expected F32, F16, BF16 or a quantized GGUF type; "
               "convert the model to one of these",
               entry->file, entry->name, type_name(entry->tensor.type)));
  }
  return *entry;
}

Tensor WeightBinder::matrix(Role role, std::int64_t layer, std::int64_t outputs,
                            std::int64_t inputs) {
  return require(role, Part::Weight, layer, Shape{outputs, inputs}).tensor;
}

Tensor WeightBinder::vector(Role role, Part part, std::int64_t layer, std::int64_t size) {
  const TensorEntry& entry = require(role, part, layer, Shape{size});
  if (entry.tensor.type == DType::F32) return entry.tensor;
  const QuantFormat& stored = quant_format(entry.tensor.type);
  Buffer& buffer = model_.converted_.emplace_back(static_cast<std::size_t>(size) * sizeof(float));
  auto* values = reinterpret_cast<float*>(buffer.data());
  stored.decode(entry.tensor.data, values, size);
  return {DType::F32, Shape{size}, buffer.data()};
}

LinearWeights WeightBinder::linear(Role role, std::int64_t layer, std::int64_t outputs,
                                   std::int64_t inputs, bool has_bias) {
  LinearWeights weights{matrix(role, layer, outputs, inputs), {}};
  if (has_bias) weights.bias = vector(role, Part::Bias, layer, outputs);
  return weights;
}

AttentionWeights WeightBinder::bind(const AttentionSpec& spec, std::int64_t layer) {
  const std::int64_t hidden = model_.spec_.hidden_size;
  const std::int64_t queries = spec.head_count * spec.head_size;
  const std::int64_t keys = spec.kv_head_count * spec.head_size;
  return {.query = linear(Role::Query, layer, queries, hidden, spec.has_input_bias),
          .key = linear(Role::Key, layer, keys, hidden, spec.has_input_bias),
          .value = linear(Role::Value, layer, keys, hidden, spec.has_input_bias),
          .output = linear(Role::AttentionOutput, layer, hidden, queries, spec.has_output_bias)};
}

GatedFfnWeights WeightBinder::bind(const GatedFfnSpec& spec, std::int64_t layer) {
  const std::int64_t hidden = model_.spec_.hidden_size;
  return {.gate = linear(Role::FfnGate, layer, spec.size, hidden, spec.has_bias),
          .up = linear(Role::FfnUp, layer, spec.size, hidden, spec.has_bias),
          .down = linear(Role::FfnDown, layer, hidden, spec.size, spec.has_bias)};
}

void WeightBinder::bind_ropes() {
  for (const RopeSpec& spec : model_.spec_.ropes) {
    std::span<const float> divisors;
    if (find(Role::RopeDivisors, Part::Weight, 0) != nullptr) {
      const Tensor tensor = vector(Role::RopeDivisors, Part::Weight, 0, spec.rotated_size / 2);
      divisors = {tensor.floats(), static_cast<std::size_t>(spec.rotated_size / 2)};
      for (const float divisor : divisors) {
        if (std::isfinite(divisor) && divisor > 0) continue;
        throw Error(
            ErrorCode::BadFile,
            format("{}: tensor {}: found {}, expected divisors above 0", model_.file_.name(),
                   tensor_name(model_.file_.format(), Role::RopeDivisors, Part::Weight), divisor));
      }
    }
    model_.ropes_.push_back(rope_frequencies(spec, divisors));
  }
}

void WeightBinder::list_unused() {
  const std::string output = tensor_name(model_.file_.format(), Role::Output, Part::Weight);
  for (const TensorEntry& entry : model_.file_.tensors()) {
    // Early Llama checkpoints store their rotary frequencies, which follow from the spec, and some
    // tied ones the one matrix twice.
    if (entry.name.ends_with("rotary_emb.inv_freq")) continue;
    if (model_.spec_.has_tied_output && entry.name == output && !used_.contains(output)) continue;
    if (used_.contains(entry.name)) {
      model_.weight_bytes_ += entry.tensor.byte_count();
    } else {
      model_.unused_tensors_.push_back(entry.name);
    }
  }
}

void WeightBinder::bind() {
  const ModelSpec& spec = model_.spec_;
  const auto layer_count = static_cast<std::int64_t>(spec.layers.size());
  model_.output_norm_ = vector(Role::OutputNorm, Part::Weight, 0, spec.hidden_size);
  // Some tied checkpoints store the one matrix under the other name.
  const bool has_embedding = find(Role::TokenEmbedding, Part::Weight, 0) != nullptr;
  const Role tied = has_embedding || !spec.has_tied_output ? Role::TokenEmbedding : Role::Output;
  model_.token_embedding_ = matrix(tied, 0, spec.vocabulary_size, spec.hidden_size);
  model_.output_ = spec.has_tied_output
                       ? LinearWeights{model_.token_embedding_, {}}
                       : linear(Role::Output, 0, spec.vocabulary_size, spec.hidden_size, false);
  for (std::int64_t layer = 0; layer < layer_count; ++layer) {
    const LayerSpec& layer_spec = spec.layers[static_cast<std::size_t>(layer)];
    LayerWeights weights;
    weights.mixer_norm = vector(Role::MixerNorm, Part::Weight, layer, spec.hidden_size);
    std::visit([&](const auto& mixer) { weights.mixer = bind(mixer, layer); }, layer_spec.mixer);
    weights.ffn_norm = vector(Role::FfnNorm, Part::Weight, layer, spec.hidden_size);
    std::visit([&](const auto& ffn) { weights.ffn = bind(ffn, layer); }, layer_spec.ffn);
    model_.layers_.push_back(std::move(weights));
  }
  bind_ropes();
  list_unused();
}

}  // namespace bantam::model
