#include "model/weight_binder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/format.h"
#include "model/ffn/dense.h"
#include "model/ffn/mixture.h"
#include "model/mixers/attention.h"
#include "model/mixers/delta_net.h"
#include "model/mixers/latent_attention.h"
#include "model/mixers/short_convolution.h"
#include "model/mixers/state_space.h"
#include "model/residual/altup.h"
#include "model/residual/laurel.h"
#include "model/residual/layer_inputs.h"
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

Tensor rows_of(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  if (tensor.shape.rank() == 1) {  // of a bias
    return {tensor.type, Shape{count},
            tensor.data + first * static_cast<std::int64_t>(sizeof(float))};
  }
  return {tensor.type, Shape{count, tensor.shape.columns()}, tensor.row(first)};
}

LinearWeights outputs_of(const LinearWeights& weights, std::int64_t first, std::int64_t count) {
  return {rows_of(weights.weight, first, count),
          weights.bias.empty() ? Tensor{} : rows_of(weights.bias, first, count),
          weights.input_order};
}

const TensorEntry* WeightBinder::find(Role role, Part part, std::int64_t layer,
                                      std::int64_t expert) {
  const TensorEntry* entry = names_.find(model_.file_, role, part, layer, expert);
  if (entry != nullptr) used_.insert(entry->name);
  return entry;
}

bool WeightBinder::has(Role role, std::int64_t layer, std::int64_t expert) {
  return names_.find(model_.file_, role, Part::Weight, layer, expert) != nullptr;
}

void WeightBinder::leave_out(Role role, std::int64_t layer) {
  for (const Part part : {Part::Weight, Part::Bias}) {
    const TensorEntry* entry = names_.find(model_.file_, role, part, layer, 0);
    if (entry != nullptr) left_out_.insert(entry->name);
  }
}

const TensorEntry& WeightBinder::require(Role role, Part part, std::int64_t layer,
                                         std::int64_t expert, const Shape& shape) {
  const TensorEntry* entry = find(role, part, layer, expert);
  if (entry == nullptr) {
    throw Error(
        ErrorCode::BadFile,
        format("{}: tensor {} of shape {} is missing; the file is incomplete or of another "
               "family",
               model_.file_.name(), names_.name(model_.file_.format(), role, part, layer, expert),
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

Tensor WeightBinder::allocate(DType type, const Shape& shape) {
  Tensor tensor{type, shape, nullptr};
  tensor.data =
      model_.converted_.emplace_back(static_cast<std::size_t>(tensor.byte_count())).data();
  return tensor;
}

Tensor WeightBinder::as_floats(const Tensor& tensor, float added) {
  // Small ones are copied: read from the file, each would keep up to megabytes of it in memory.
  constexpr std::int64_t kCopiedBytesMax = std::int64_t{1} << 20;
  const bool is_small = tensor.byte_count() <= kCopiedBytesMax;
  if (tensor.type == DType::F32 && added == 0 && !is_small) return tensor;
  const Tensor floats = allocate(DType::F32, tensor.shape);
  const std::int64_t count = tensor.shape.element_count();
  quant_format(tensor.type).decode(tensor.data, floats.floats(), count);
  for (std::int64_t i = 0; i < count; ++i) floats.floats()[i] += added;
  return floats;
}

Tensor WeightBinder::stored(Role role, Part part, std::int64_t layer, std::int64_t expert,
                            const Shape& shape) {
  const TensorEntry& entry = require(role, part, layer, expert, shape);
  if (entry.input_order.empty()) return entry.tensor;
  throw Error(ErrorCode::Unsupported,
              format("{}: tensor {}: found its inputs in an order of their own (desc_act), which "
                     "this build does not compute in this place; use another form of the model",
                     entry.file, entry.name));
}

bool WeightBinder::is_quantized(Role role, std::int64_t layer, std::int64_t expert) {
  const TensorEntry* entry = names_.find(model_.file_, role, Part::Weight, layer, expert);
  const QuantFormat* format = entry == nullptr ? nullptr : find_quant_format(entry->tensor.type);
  return format != nullptr && format->block_size > 1;
}

Tensor WeightBinder::matrix(Role role, std::int64_t layer, std::int64_t outputs,
                            std::int64_t inputs, std::int64_t expert) {
  if (spec().has_transposed_weights && !is_gguf() && !is_quantized(role, layer, expert)) {
    return transposed(stored(role, Part::Weight, layer, expert, Shape{inputs, outputs}));
  }
  return stored(role, Part::Weight, layer, expert, Shape{outputs, inputs});
}

LinearWeights WeightBinder::weight(Role role, std::int64_t layer, std::int64_t expert,
                                   std::int64_t outputs, std::int64_t inputs) {
  const TensorEntry* entry = find(role, Part::Weight, layer, expert);
  if (entry == nullptr || entry->input_order.empty()) {
    return {matrix(role, layer, outputs, inputs, expert), {}};
  }
  const TensorEntry& ordered = require(role, Part::Weight, layer, expert, Shape{outputs, inputs});
  return {ordered.tensor, {}, ordered.input_order};
}

Tensor WeightBinder::vector(Role role, Part part, std::int64_t layer, std::int64_t size,
                            std::int64_t expert) {
  return as_floats(stored(role, part, layer, expert, Shape{size}));
}

float WeightBinder::number(Role role, std::int64_t layer) {
  const TensorEntry* entry = find(role, Part::Weight, layer, 0);
  const bool is_scalar = entry != nullptr && entry->tensor.shape.rank() == 0;
  const Tensor tensor = stored(role, Part::Weight, layer, 0, is_scalar ? Shape{} : Shape{1});
  float value = 0;
  quant_format(tensor.type).decode(tensor.data, &value, 1);
  return value;
}

Tensor WeightBinder::flat(Role role, Part part, std::int64_t layer, std::int64_t count) {
  const TensorEntry* entry = find(role, part, layer, 0);
  const bool fits = entry != nullptr && entry->tensor.shape.element_count() == count;
  const Shape shape = fits ? entry->tensor.shape : Shape{count};
  Tensor numbers = as_floats(require(role, part, layer, 0, shape).tensor);
  numbers.shape = Shape{count};
  return numbers;
}

Tensor WeightBinder::taps(Role role, std::int64_t layer, std::int64_t channels, std::int64_t taps) {
  Tensor weights = flat(role, Part::Weight, layer, channels * taps);
  weights.shape = Shape{channels, taps};
  return weights;
}

Tensor WeightBinder::decay_rates(Role role, std::int64_t layer, std::int64_t count) {
  const Tensor stated = flat(role, Part::Weight, layer, count);
  if (is_gguf()) return stated;
  const Tensor rates = allocate(DType::F32, stated.shape);
  for (std::int64_t i = 0; i < count; ++i) rates.floats()[i] = -std::exp(stated.floats()[i]);
  return rates;
}

Tensor WeightBinder::constant(std::int64_t count, float value) {
  const Tensor numbers = allocate(DType::F32, Shape{count});
  std::fill_n(numbers.floats(), count, value);
  return numbers;
}

LinearWeights WeightBinder::linear(Role role, std::int64_t layer, std::int64_t outputs,
                                   std::int64_t inputs, bool has_bias) {
  LinearWeights weights = weight(role, layer, 0, outputs, inputs);
  if (has_bias) weights.bias = vector(role, Part::Bias, layer, outputs);
  return weights;
}

NormWeights WeightBinder::norm(Role role, std::int64_t layer, std::int64_t size, bool has_bias) {
  const float added = spec().norm.is_stored_minus_one && !is_gguf() ? 1.0f : 0.0f;
  NormWeights weights{as_floats(stored(role, Part::Weight, layer, 0, Shape{size}), added), {}};
  if (has_bias) weights.bias = vector(role, Part::Bias, layer, size);
  return weights;
}

NormWeights WeightBinder::head_norms(Role role, std::int64_t layer, std::int64_t count,
                                     std::int64_t size) {
  if (is_gguf()) {
    return {as_floats(stored(role, Part::Weight, layer, 0, Shape{count, size})), {}};
  }
  const Tensor all = allocate(DType::F32, Shape{count, size});
  for (std::int64_t head = 0; head < count; ++head) {
    const Tensor one = vector(role, Part::Weight, layer, size, head);
    std::memcpy(all.row(head), one.data, static_cast<std::size_t>(all.row_bytes()));
  }
  return {all, {}};
}

Tensor WeightBinder::transposed(const Tensor& matrix) {
  const bool is_plain = quant_format(matrix.type).block_size == 1;
  const Tensor source = is_plain ? matrix : as_floats(matrix);
  const std::int64_t rows = source.shape.rows(), columns = source.shape.columns();
  const Tensor result = allocate(source.type, Shape{columns, rows});
  const auto bytes = static_cast<std::size_t>(source.row_bytes() / columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      std::memcpy(result.row(column) + static_cast<std::size_t>(row) * bytes,
                  source.row(row) + static_cast<std::size_t>(column) * bytes, bytes);
    }
  }
  return result;
}

Tensor WeightBinder::gathered(const Tensor& matrix,
                              std::span<const std::pair<std::int64_t, std::int64_t>> pieces) {
  std::int64_t count = 0;
  for (const auto& piece : pieces) count += piece.second;
  const bool is_vector = matrix.shape.rank() == 1;
  const Tensor result =
      allocate(matrix.type, is_vector ? Shape{count} : Shape{count, matrix.shape.columns()});
  std::byte* next = result.data;
  for (const auto& [first, rows] : pieces) {
    const Tensor part = rows_of(matrix, first, rows);
    std::memcpy(next, part.data, static_cast<std::size_t>(part.byte_count()));
    next += part.byte_count();
  }
  return result;
}

void WeightBinder::bind_embeddings() {
  const ModelSpec& spec = model_.spec_;
  const Shape table{spec.vocabulary_size, spec.hidden_size};
  // Some tied checkpoints store the one matrix under the other name.
  const bool has_embedding = has(Role::TokenEmbedding, 0);
  const Role tied = has_embedding || !spec.has_tied_output ? Role::TokenEmbedding : Role::Output;
  model_.token_embedding_ = stored(tied, Part::Weight, 0, 0, table);
  model_.output_ = {spec.has_tied_output ? model_.token_embedding_
                                         : stored(Role::Output, Part::Weight, 0, 0, table),
                    {}};
  if (spec.has_output_bias) {
    model_.output_.bias = vector(Role::Output, Part::Bias, 0, spec.vocabulary_size);
  }
  if (spec.has_position_embedding) {
    model_.position_embedding_ = stored(Role::PositionEmbedding, Part::Weight, 0, 0,
                                        Shape{spec.context_length, spec.hidden_size});
  }
  if (spec.layer_inputs) model_.layer_embedding_ = bind_layer_embedding(*this, *spec.layer_inputs);
  if (spec.altup) model_.altup_ends_ = bind_altup_ends(*this, *spec.altup);
  model_.output_norm_ = norm(Role::OutputNorm, 0, spec.hidden_size, spec.norm.has_bias);
}

Layer WeightBinder::bind_layer(const LayerSpec& layer) {
  const std::int64_t hidden = model_.spec_.hidden_size;
  const std::int64_t index = layer.stored_layer;
  const bool has_bias = model_.spec_.norm.has_bias;
  Layer bound;
  if (layer.has_input_norms) {
    bound.mixer_norm = norm(Role::MixerNorm, index, hidden, has_bias);
    if (!layer.shares_norm) bound.ffn_norm = norm(Role::FfnNorm, index, hidden, has_bias);
  }
  if (layer.has_output_norms) {
    bound.mixer_output_norm = norm(Role::MixerOutputNorm, index, hidden, has_bias);
    bound.ffn_output_norm = norm(Role::FfnOutputNorm, index, hidden, has_bias);
  }
  std::visit([&](const auto& spec) { bound.mixer = Bound{spec, bind_weights(*this, spec, index)}; },
             layer.mixer);
  std::visit([&](const auto& spec) { bound.ffn = Bound{spec, bind_weights(*this, spec, index)}; },
             layer.ffn);
  if (model_.spec_.layer_inputs) {
    bound.input = bind_weights(*this, *model_.spec_.layer_inputs, index);
  }
  if (model_.spec_.altup) bound.altup = bind_weights(*this, *model_.spec_.altup, index);
  if (layer.laurel_rank > 0) bound.laurel = bind_laurel(*this, layer.laurel_rank, index);
  if (layer.has_scale) bound.scale = number(Role::LayerScale, index);
  return bound;
}

void WeightBinder::bind_ropes() {
  for (const RopeSpec& spec : model_.spec_.ropes) {
    std::span<const float> divisors;
    if (spec.takes_divisors && has(Role::RopeDivisors, 0)) {
      const Tensor tensor = vector(Role::RopeDivisors, Part::Weight, 0, spec.rotated_size / 2);
      divisors = {tensor.floats(), static_cast<std::size_t>(spec.rotated_size / 2)};
      for (const float divisor : divisors) {
        if (std::isfinite(divisor) && divisor > 0) continue;
        throw Error(
            ErrorCode::BadFile,
            format("{}: tensor {}: found {}, expected divisors above 0", model_.file_.name(),
                   names_.name(model_.file_.format(), Role::RopeDivisors), divisor));
      }
    }
    model_.ropes_.push_back(rope_frequencies(spec, divisors));
  }
  for (const Role role : {Role::RopeShortDivisors, Role::RopeLongDivisors}) {
    find(role, Part::Weight, 0, 0);  // read with the spec
  }
}

void WeightBinder::list_unused() {
  const std::string output = names_.name(model_.file_.format(), Role::Output);
  for (const TensorEntry& entry : model_.file_.tensors()) {
    // Early Llama checkpoints store their rotary frequencies, which follow from the spec, and some
    // tied ones the one matrix twice.
    if (entry.name.ends_with("rotary_emb.inv_freq")) continue;
    if (model_.spec_.has_tied_output && entry.name == output && !used_.contains(output)) continue;
    if (left_out_.contains(entry.name)) continue;
    if (used_.contains(entry.name)) {
      model_.weight_bytes_ += entry.tensor.byte_count();
    } else {
      model_.unused_tensors_.push_back(entry.name);
    }
  }
}

void WeightBinder::bind() {
  bind_embeddings();
  for (const LayerSpec& layer : model_.spec_.layers) model_.layers_.push_back(bind_layer(layer));
  bind_ropes();
  list_unused();
}

}  // namespace bantam::model
