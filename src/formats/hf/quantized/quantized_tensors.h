// The tensors of a quantized folder while they are turned into matrices.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/hf/quantized/quantized.h"

namespace bantam::formats {

// A scheme takes the parts of each module and adds the matrix that they become; finish() then fills
// all matrices. One thread at a time.
class QuantizedTensors {
 public:
  // Both outlive it.
  QuantizedTensors(const Metadata& config, const std::vector<TensorEntry>& tensors);

  // What precedes `suffix` in the names that end so, in file order.
  std::vector<std::string> modules_with(std::string_view suffix) const;
  // As the folder has it, taken or not; nullptr where there is none.
  const TensorEntry* find(std::string_view name) const;

  // Marks a tensor as part of the next matrix that is added. A missing one throws BadFile; so does
  // one of another type than those allowed, or without values.
  const TensorEntry& take(const std::string& name, std::initializer_list<DType> types);
  const TensorEntry* try_take(const std::string& name, std::initializer_list<DType> types);
  // As above, of this shape.
  const TensorEntry& take(const std::string& name, std::initializer_list<DType> types,
                          const Shape& shape);
  // As above, as floats.
  std::vector<float> take_floats(const std::string& name, const Shape& shape);

  // Adds the matrix that the taken parts become. `fill` writes it, on any thread; it does not throw
  // and owns what it needs besides the folder's tensors. `input_order` is that of TensorEntry.
  using Fill = std::function<void(const Tensor& matrix)>;
  void add(std::string name, DType type, const Shape& shape, Fill fill,
           const std::vector<std::int32_t>& input_order = {});

  // All tensors, the matrices in the places of their first parts.
  ConvertedTensors finish();

  // A number of the quantization_config, `fallback` where it is absent.
  std::int64_t option(std::string_view key, std::int64_t fallback) const;
  // A text of it, lower case.
  std::string text_option(std::string_view key, std::string_view fallback) const;
  bool flag(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> integers_option(std::string_view key) const;
  // Throws Unsupported: the folder's `key` is `found`, and `expected` can be read.
  [[noreturn]] void refuse(std::string_view key, std::string_view found,
                           std::string_view expected) const;

 private:
  struct Matrix {
    TensorEntry entry;
    Fill fill;
    std::vector<std::size_t> parts;  // indices of tensors_
  };

  Tensor allocate(DType type, const Shape& shape);

  const Metadata& config_;
  const std::vector<TensorEntry>& tensors_;
  std::map<std::string_view, std::size_t> by_name_;
  std::vector<bool> is_taken_;
  std::vector<std::size_t> parts_;  // taken since the last matrix
  std::vector<Matrix> matrices_;
  std::vector<Buffer> buffers_;
};

// Throws BadFile: "FILE: tensor NAME: found FOUND, expected EXPECTED".
[[noreturn]] void fail_tensor(const TensorEntry& entry, std::string_view found,
                              std::string_view expected);
// The same with Unsupported, for what is sound and not read here.
[[noreturn]] void refuse_tensor(const TensorEntry& entry, std::string_view found,
                                std::string_view expected);

// Throws Unsupported unless `columns`, the inputs of a matrix, are a multiple of the block size.
void require_whole_blocks(const TensorEntry& entry, std::int64_t columns, DType type);

}  // namespace bantam::formats
