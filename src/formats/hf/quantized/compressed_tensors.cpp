// compressed-tensors, what LLM Compressor saves. Each module says by its tensors which kind it is:
// - pack-quantized: weight_packed I32 [outputs, words], codes of 4 or 8 bits along the inputs;
//   weight_zero_point I32 [outputs * bits / 32, groups], packed along the outputs; weight_shape.
// - int-quantized: weight I8 [outputs, inputs], weight_zero_point I8.
// - float-quantized: weight F8_E4M3.
// - nvfp4-pack-quantized: weight_packed U8, pairs of E2M1 codes, low nibble first; weight_scale
//   F8_E4M3 for each 16 inputs; weight_global_scale, a divisor.
// weight_scale is [1], [outputs, 1] or [outputs, groups]. Codes and zero points are stored plus
// 2^(bits - 1).
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/int_groups.h"
#include "formats/hf/quantized/scale_tiles.h"
#include "formats/hf/quantized/schemes.h"
#include "tensor/quant/fp4_e4m3.h"

namespace bantam::formats {
namespace {

constexpr std::initializer_list<DType> kFloats = {DType::F32, DType::F16, DType::BF16};

// The scales of `outputs` rows as [groups, outputs], and how many groups a row has.
std::int64_t take_group_scales(QuantizedTensors& tensors, const std::string& name,
                               std::int64_t outputs, std::vector<float>& by_group) {
  const TensorEntry& entry = tensors.take(name, kFloats);
  const Shape& shape = entry.tensor.shape;
  const std::int64_t groups = shape.element_count() == 1 || shape.rank() == 1 ? 1 : shape.columns();
  const bool is_one = shape.element_count() == 1;
  if (shape.rank() > 2 || groups == 0 || (!is_one && shape.element_count() != outputs * groups)) {
    fail_tensor(entry, format("shape {}", to_text(shape)), format("[1] or [{}, groups]", outputs));
  }
  const std::vector<float> stored = tensors.take_floats(name, shape);
  by_group.resize(static_cast<std::size_t>(groups * outputs));
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t output = 0; output < outputs; ++output) {
      by_group[static_cast<std::size_t>(group * outputs + output)] =
          stored[is_one ? 0 : static_cast<std::size_t>(output * groups + group)];
    }
  }
  return groups;
}

ColumnBlocks require_columns(QuantizedTensors& tensors, const std::string& module,
                             const TensorEntry& weight, std::int64_t inputs,
                             std::int64_t group_count) {
  const TensorEntry* order = tensors.find(module + ".weight_g_idx");
  const auto refuse = [&] {
    refuse_tensor(weight, format("{} inputs in {} groups", inputs, group_count),
                  "groups of one size, a multiple of 32 inputs");
  };
  // What size the groups have follows from their number only where all have the same.
  if (order == nullptr && inputs % group_count != 0) refuse();
  const std::int64_t size = std::max(std::int64_t{1}, inputs / group_count);
  std::vector<std::int32_t> groups = consecutive_groups(inputs, size);
  if (order != nullptr) {
    const Tensor& ids = tensors.take(order->name, {DType::I32}, Shape{inputs}).tensor;
    for (std::int64_t i = 0; i < inputs; ++i) {
      std::int32_t group;
      std::memcpy(&group, ids.data + 4 * i, sizeof group);
      if (group < 0 || group >= group_count) {
        fail_tensor(*order, format("group {} for input {}", group, i),
                    format("0 to {}", group_count - 1));
      }
      groups[static_cast<std::size_t>(i)] = group;
    }
  }
  auto columns = column_blocks(groups);
  if (!columns) refuse();
  return std::move(*columns);
}

Shape take_matrix_shape(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& entry =
      tensors.take(module + ".weight_shape", {DType::I64, DType::I32}, Shape{2});
  std::int64_t extents[2] = {};
  for (int i = 0; i < 2; ++i) {
    const std::int64_t bytes = entry.tensor.row_bytes() / 2;
    std::memcpy(&extents[i], entry.tensor.data + i * bytes, static_cast<std::size_t>(bytes));
    if (extents[i] <= 0 || extents[i] > INT32_MAX) {
      fail_tensor(entry, to_text(extents[i]), format("extents of 1 to {}", INT32_MAX));
    }
  }
  return {extents[0], extents[1]};
}

void convert_packed(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& packed = tensors.take(module + ".weight_packed", {DType::I32});
  const Shape matrix = take_matrix_shape(tensors, module);
  const std::int64_t outputs = matrix.rows(), inputs = matrix.columns();
  const std::int64_t words = packed.tensor.shape.columns();
  const bool is_eight = words == (inputs + 3) / 4, is_four = words == (inputs + 7) / 8;
  if (packed.tensor.shape != Shape{outputs, words} || (!is_eight && !is_four)) {
    refuse_tensor(packed, format("shape {}", to_text(packed.tensor.shape)),
                  format("4 or 8 bits for a matrix of {}", to_text(matrix)));
  }
  const int bits = is_four ? 4 : 8;
  GroupParameters parameters;
  const std::int64_t groups =
      take_group_scales(tensors, module + ".weight_scale", outputs, parameters.scales);
  parameters.zeros.assign(parameters.scales.size(), static_cast<std::uint8_t>(1 << (bits - 1)));
  if (tensors.find(module + ".weight_zero_point") != nullptr) {
    const std::int64_t rows = (outputs * bits + 31) / 32;
    const Tensor& zeros =
        tensors.take(module + ".weight_zero_point", {DType::I32}, Shape{rows, groups}).tensor;
    for (std::int64_t i = 0; i < groups * outputs; ++i) {
      parameters.zeros[static_cast<std::size_t>(i)] =
          packed_code(zeros.data + i / outputs * 4, groups, i % outputs, bits);
    }
  }
  ColumnBlocks columns = require_columns(tensors, module, packed, inputs, groups);
  const std::byte* codes = packed.tensor.data;
  add_int_groups(
      tensors, module + ".weight", bits, outputs, std::move(columns), std::move(parameters),
      [codes, words, bits](std::int64_t output, const std::int32_t* at, std::uint8_t* out) {
        const std::byte* row = codes + output * words * 4;
        for (int i = 0; i < 32; ++i) out[i] = packed_code(row, 1, at[i], bits);
      });
}

void convert_int8(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& weight = tensors.take(module + ".weight", {DType::I8});
  const Shape& shape = weight.tensor.shape;
  if (shape.rank() != 2) fail_tensor(weight, to_text(shape), "[outputs, inputs]");
  const std::int64_t outputs = shape.rows(), inputs = shape.columns();
  GroupParameters parameters;
  const std::int64_t groups =
      take_group_scales(tensors, module + ".weight_scale", outputs, parameters.scales);
  parameters.zeros.assign(parameters.scales.size(), 128);
  if (tensors.find(module + ".weight_zero_point") != nullptr) {
    const TensorEntry& zeros = tensors.take(module + ".weight_zero_point", {DType::I8});
    const std::int64_t count = zeros.tensor.shape.element_count();
    if (count != 1 && count != outputs * groups) {
      fail_tensor(zeros, format("shape {}", to_text(zeros.tensor.shape)),
                  format("that of the scales, {}", to_text(Shape{outputs, groups})));
    }
    for (std::int64_t i = 0; i < groups * outputs; ++i) {
      const std::int64_t at = count == 1 ? 0 : i % outputs * groups + i / outputs;
      const auto zero = static_cast<std::int8_t>(zeros.tensor.data[at]);
      parameters.zeros[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(zero + 128);
    }
  }
  ColumnBlocks columns = require_columns(tensors, module, weight, inputs, groups);
  const std::byte* codes = weight.tensor.data;
  add_int_groups(tensors, weight.name, 8, outputs, std::move(columns), std::move(parameters),
                 [codes, inputs](std::int64_t output, const std::int32_t* at, std::uint8_t* out) {
                   for (int i = 0; i < 32; ++i) {
                     const auto code = static_cast<std::int8_t>(codes[output * inputs + at[i]]);
                     out[i] = static_cast<std::uint8_t>(code + 128);
                   }
                 });
}

void convert_float8(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& weight = tensors.take(module + ".weight", {DType::F8_E4M3, DType::F8_E5M2});
  const Shape& shape = weight.tensor.shape;
  if (shape.rank() != 2) fail_tensor(weight, to_text(shape), "[outputs, inputs]");
  const TensorEntry& scale = tensors.take(module + ".weight_scale", kFloats);
  // How large the tiles are follows from their number: whole rows in groups, or 128 by 128.
  const Shape& tiles = scale.tensor.shape;
  const bool has_rows =
      tiles.rank() == 2 && tiles.rows() == shape.rows() && shape.columns() % tiles.columns() == 0;
  const std::int64_t wide = has_rows ? shape.columns() / tiles.columns() : 128;
  add_fp8(tensors, weight, take_scale_tiles(tensors, scale.name, shape, has_rows ? 1 : 128, wide));
}

void write_fp4(const Tensor& matrix, const std::byte* codes, const std::byte* scales,
               float divisor) {
  for (std::int64_t b = 0; b < matrix.shape.element_count() / 64; ++b) {
    BlockFP4_E4M3 block;
    block.divisor = divisor;
    std::memcpy(block.group_scales, scales + 4 * b, sizeof block.group_scales);
    for (int i = 0; i < 32; ++i) {
      const int value = i / 8 * 16 + i % 8;  // in the low nibble; the high one holds value + 8
      const auto code = [&](int at) {
        const auto pair = static_cast<unsigned>(codes[32 * b + at / 2]);
        return at % 2 == 0 ? pair & 15u : pair >> 4;
      };
      block.codes[i] = static_cast<std::uint8_t>(code(value) | code(value + 8) << 4);
    }
    std::memcpy(matrix.data + b * static_cast<std::int64_t>(sizeof block), &block, sizeof block);
  }
}

void convert_fp4(QuantizedTensors& tensors, const std::string& module) {
  const TensorEntry& packed = tensors.take(module + ".weight_packed", {DType::U8});
  const Shape& pairs = packed.tensor.shape;
  if (pairs.rank() != 2) fail_tensor(packed, to_text(pairs), "[outputs, inputs / 2]");
  const Shape matrix{pairs.rows(), pairs.columns() * 2};
  require_whole_blocks(packed, matrix.columns(), DType::FP4_E4M3);
  const TensorEntry& scales = tensors.take(module + ".weight_scale", {DType::F8_E4M3},
                                           Shape{matrix.rows(), matrix.columns() / 16});
  const float divisor = tensors.take_floats(module + ".weight_global_scale", Shape{1})[0];
  const std::byte* codes = packed.tensor.data;
  const std::byte* factors = scales.tensor.data;
  tensors.add(module + ".weight", DType::FP4_E4M3, matrix,
              [codes, factors, divisor](const Tensor& result) {
                write_fp4(result, codes, factors, divisor);
              });
}

}  // namespace

void convert_compressed_tensors(QuantizedTensors& tensors) {
  const auto take_activation_scales = [&](const std::string& module) {
    for (const char* name : {".input_scale", ".input_zero_point", ".input_global_scale"}) {
      tensors.try_take(module + name, {DType::F32, DType::F16, DType::BF16, DType::I8});
    }
  };
  for (const std::string& module : tensors.modules_with(".weight_packed")) {
    take_activation_scales(module);
    const DType type = tensors.find(module + ".weight_packed")->tensor.type;
    type == DType::U8 ? convert_fp4(tensors, module) : convert_packed(tensors, module);
  }
  for (const std::string& module : tensors.modules_with(".weight_scale")) {
    const TensorEntry* weight = tensors.find(module + ".weight");
    if (weight == nullptr) continue;  // packed
    take_activation_scales(module);
    weight->tensor.type == DType::I8 ? convert_int8(tensors, module)
                                     : convert_float8(tensors, module);
  }
}

}  // namespace bantam::formats
