#include "formats/hf/quantized/quantized_tensors.h"

#include <algorithm>
#include <cstring>

#include "base/cores.h"
#include "base/error.h"
#include "base/format.h"
#include "base/thread_pool.h"
#include "tensor/quant_format.h"

namespace bantam::formats {
namespace {

constexpr std::string_view kPrefix = "quantization_config.";

std::string key_of(std::string_view key) { return std::string(kPrefix) + std::string(key); }

std::string names_of(std::initializer_list<DType> types) {
  std::string text;
  for (const DType type : types) {
    text += text.empty() ? "" : " or ";
    text += type_name(type);
  }
  return text;
}

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {tensor.data, static_cast<std::size_t>(tensor.byte_count())};
}

}  // namespace

void fail_tensor(const TensorEntry& entry, std::string_view found, std::string_view expected) {
  throw Error(ErrorCode::BadFile, format("{}: tensor {}: found {}, expected {}", entry.file,
                                         entry.name, found, expected));
}

void refuse_tensor(const TensorEntry& entry, std::string_view found, std::string_view expected) {
  throw Error(ErrorCode::Unsupported,
              format("{}: tensor {}: found {}, which this build does not read; expected {}",
                     entry.file, entry.name, found, expected));
}

void require_whole_blocks(const TensorEntry& entry, std::int64_t columns, DType type) {
  const std::int64_t block = quant_format(type).block_size;
  if (columns % block == 0) return;
  refuse_tensor(entry, format("{} inputs", columns), format("a multiple of {}", block));
}

QuantizedTensors::QuantizedTensors(const Metadata& config, const std::vector<TensorEntry>& tensors)
    : config_(config), tensors_(tensors), is_taken_(tensors.size(), false) {
  for (std::size_t i = 0; i < tensors.size(); ++i) by_name_.emplace(tensors[i].name, i);
}

std::vector<std::string> QuantizedTensors::modules_with(std::string_view suffix) const {
  std::vector<std::string> modules;
  for (const TensorEntry& entry : tensors_) {
    if (!entry.name.ends_with(suffix) || entry.name.size() == suffix.size()) continue;
    modules.push_back(entry.name.substr(0, entry.name.size() - suffix.size()));
  }
  return modules;
}

const TensorEntry* QuantizedTensors::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

const TensorEntry* QuantizedTensors::try_take(const std::string& name,
                                              std::initializer_list<DType> types) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const TensorEntry& entry = tensors_[found->second];
  if (std::ranges::find(types, entry.tensor.type) == types.end()) {
    fail_tensor(entry, format("type {}", type_name(entry.tensor.type)), names_of(types));
  }
  if (entry.tensor.shape.element_count() == 0) {
    fail_tensor(entry, format("shape {}", to_text(entry.tensor.shape)), "at least one value");
  }
  if (!is_taken_[found->second]) parts_.push_back(found->second);
  is_taken_[found->second] = true;
  return &entry;
}

const TensorEntry& QuantizedTensors::take(const std::string& name,
                                          std::initializer_list<DType> types) {
  const TensorEntry* entry = try_take(name, types);
  if (entry != nullptr) return *entry;
  throw Error(ErrorCode::BadFile,
              format("{}: tensor {} is missing, expected it beside the others of its module; the "
                     "folder is incomplete or quantized in another way than its "
                     "quantization_config says",
                     config_.file(), name));
}

const TensorEntry& QuantizedTensors::take(const std::string& name,
                                          std::initializer_list<DType> types, const Shape& shape) {
  const TensorEntry& entry = take(name, types);
  if (entry.tensor.shape != shape) {
    fail_tensor(entry, format("shape {}", to_text(entry.tensor.shape)), to_text(shape));
  }
  return entry;
}

std::vector<float> QuantizedTensors::take_floats(const std::string& name, const Shape& shape) {
  const Tensor& tensor = take(name, {DType::F32, DType::F16, DType::BF16}, shape).tensor;
  std::vector<float> values(static_cast<std::size_t>(shape.element_count()));
  quant_format(tensor.type).decode(tensor.data, values.data(), shape.element_count());
  return values;
}

Tensor QuantizedTensors::allocate(DType type, const Shape& shape) {
  Tensor tensor{type, shape, nullptr};
  tensor.data = buffers_.emplace_back(static_cast<std::size_t>(tensor.byte_count())).data();
  return tensor;
}

void QuantizedTensors::add(std::string name, DType type, const Shape& shape, Fill fill,
                           const std::vector<std::int32_t>& input_order) {
  const TensorEntry& first = tensors_[parts_.front()];
  const TensorEntry* other = find(name);
  if (other != nullptr && !is_taken_[by_name_.at(name)]) {
    fail_tensor(*other, "a matrix that is not quantized", format("none beside {}", first.name));
  }
  TensorEntry entry{std::move(name), allocate(type, shape), first.file, first.offset, {}};
  if (!input_order.empty()) {
    entry.input_order = allocate(DType::I32, Shape{std::ssize(input_order)});
    std::memcpy(entry.input_order.data, input_order.data(),
                input_order.size() * sizeof input_order[0]);
  }
  matrices_.push_back({std::move(entry), std::move(fill), std::move(parts_)});
  parts_.clear();
}

ConvertedTensors QuantizedTensors::finish() {
  ThreadPool pool(usable_core_count());
  pool.balance(std::ssize(matrices_), 1, [&](int, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Matrix& matrix = matrices_[static_cast<std::size_t>(i)];
      matrix.fill(matrix.entry.tensor);
      for (const std::size_t part : matrix.parts) {
        MappedFile::release(bytes_of(tensors_[part].tensor));
      }
    }
  });
  std::map<std::size_t, std::size_t> matrix_at;  // by its first part
  for (std::size_t i = 0; i < matrices_.size(); ++i) matrix_at[matrices_[i].parts.front()] = i;
  ConvertedTensors result;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto matrix = matrix_at.find(i);
    if (matrix != matrix_at.end()) {
      result.tensors.push_back(std::move(matrices_[matrix->second].entry));
    } else if (!is_taken_[i]) {
      result.tensors.push_back(tensors_[i]);
    }
  }
  result.buffers = std::move(buffers_);
  return result;
}

std::int64_t QuantizedTensors::option(std::string_view key, std::int64_t fallback) const {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  return config_.integer(key_of(key), -1, kMost).value_or(fallback);
}

std::string QuantizedTensors::text_option(std::string_view key, std::string_view fallback) const {
  std::string text(config_.text(key_of(key)).value_or(fallback));
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool QuantizedTensors::flag(std::string_view key) const {
  return config_.boolean(key_of(key)).value_or(false);
}

std::optional<std::vector<std::int64_t>> QuantizedTensors::integers_option(
    std::string_view key) const {
  return config_.integers(key_of(key));
}

void QuantizedTensors::refuse(std::string_view key, std::string_view found,
                              std::string_view expected) const {
  throw Error(ErrorCode::Unsupported,
              format("{}: {}: found {}, expected {}; use another form of the model, such as the "
                     "original or a GGUF file",
                     config_.file(), key_of(key), found, expected));
}

}  // namespace bantam::formats
