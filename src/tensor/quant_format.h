// The table of storage formats: one row a type, plain floats and integers included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/dtype.h"

namespace bantam {

// How values of one type lie in memory. A row is blocks one after another; a block holds
// `block_size` values in `block_bytes` bytes. Functions are pure; any thread.
struct QuantFormat {
  DType type;
  std::string_view name;    // as GGUF tools print it, lower case: "q4_k", "bf16"
  std::int64_t block_size;  // values
  std::int64_t block_bytes;

  // Writes `count` values, a multiple of block_size, exactly as the format defines them.
  void (*decode)(const std::byte* blocks, float* values, std::int64_t count);

  // The reference encoder, or nullptr for a format that is only read.
  void (*encode)(const float* values, std::byte* blocks, std::int64_t count);

  std::int64_t bytes_for(std::int64_t count) const { return count / block_size * block_bytes; }
};

// All rows, in the order of their ids.
std::span<const QuantFormat> quant_formats();

// The row of a type, or nullptr for a number that is none (a file may say anything).
const QuantFormat* find_quant_format(DType type);

// The row of a type that is known to exist.
const QuantFormat& quant_format(DType type);

// The row with this name ("q8_0", any case), or nullptr.
const QuantFormat* find_quant_format(std::string_view name);

}  // namespace bantam
