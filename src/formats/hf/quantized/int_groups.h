// Matrices of grouped integers: which columns share a scale, and how their blocks are written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "formats/hf/quantized/quantized_tensors.h"

namespace bantam::formats {

// Columns of a matrix in blocks of one group each.
struct ColumnBlocks {
  std::int64_t block_size = 0;       // 32 or 128
  std::vector<std::int32_t> groups;  // of each block
  std::vector<std::int32_t> inputs;  // of each column
  bool is_reordered = false;         // inputs are not 0, 1, 2 …
};

// Keeps the inputs in their order where every block then lies in one group; otherwise brings those
// of one group together, in the order of the groups. Nothing where groups cannot be cut into
// blocks, and for more than 2^31 - 1 inputs.
std::optional<ColumnBlocks> column_blocks(std::span<const std::int32_t> group_of_input);

// The groups of inputs that stand one after another.
std::vector<std::int32_t> consecutive_groups(std::int64_t inputs, std::int64_t group_size);

// Scales and zero points, [groups, outputs].
struct GroupParameters {
  std::vector<float> scales;
  std::vector<std::uint8_t> zeros;
};

// Writes to `codes` those of 32 inputs of one output.
using ReadCodes =
    std::function<void(std::int64_t output, const std::int32_t* inputs, std::uint8_t* codes)>;

// Adds the matrix `name` [outputs, inputs] of `bits`-bit codes, 2, 3, 4 or 8.
void add_int_groups(QuantizedTensors& tensors, std::string name, int bits, std::int64_t outputs,
                    ColumnBlocks columns, GroupParameters parameters, ReadCodes read);

// Code `index` of a little-endian stream of codes in 32-bit words that stand `stride` words apart.
std::uint8_t packed_code(const std::byte* words, std::int64_t stride, std::int64_t index, int bits);

}  // namespace bantam::formats
