#include "formats/hf/quantized/scale_tiles.h"

#include <cstring>
#include <utility>

#include "base/format.h"
#include "tensor/quant/fp8.h"

namespace bantam::formats {
namespace {

constexpr std::int64_t kBlock = 64;

void write_fp8(const Tensor& matrix, const std::byte* codes, const ScaleTiles& scales) {
  const std::int64_t blocks = matrix.shape.columns() / kBlock;
  for (std::int64_t row = 0; row < matrix.shape.rows(); ++row) {
    for (std::int64_t b = 0; b < blocks; ++b) {
      BlockFP8 block;
      block.scale = scales.at(row, b * kBlock);
      std::memcpy(block.codes, codes + (row * blocks + b) * kBlock, sizeof block.codes);
      std::memcpy(matrix.row(row) + b * static_cast<std::int64_t>(sizeof block), &block,
                  sizeof block);
    }
  }
}

}  // namespace

ScaleTiles take_scale_tiles(QuantizedTensors& tensors, const std::string& name, const Shape& matrix,
                            std::int64_t tile_rows, std::int64_t tile_columns) {
  const std::int64_t rows = matrix.rows(), columns = matrix.columns();
  const TensorEntry& entry = tensors.take(name, {DType::F32, DType::F16, DType::BF16});
  const Shape& shape = entry.tensor.shape;
  ScaleTiles tiles;
  tiles.values = tensors.take_floats(name, shape);
  const bool is_column = shape == Shape{rows} || shape == Shape{rows, 1};
  const std::int64_t high = tile_rows > 0 ? tile_rows : rows;
  const std::int64_t wide = tile_columns > 0 ? tile_columns : columns;
  const Shape grid{(rows + high - 1) / high, (columns + wide - 1) / wide};
  if (shape == grid) {
    tiles.columns = grid.columns();
    tiles.tile_rows = high;
    tiles.tile_columns = wide;
  } else if (shape.element_count() == 1 && shape.rank() <= 2) {
    tiles.tile_rows = rows;
    tiles.tile_columns = columns;
  } else if (is_column) {
    tiles.tile_columns = columns;
  } else {
    fail_tensor(
        entry, format("shape {}", to_text(shape)),
        format("[1], [{}, 1] or {} for a matrix of {}", rows, to_text(grid), to_text(matrix)));
  }
  return tiles;
}

void add_fp8(QuantizedTensors& tensors, const TensorEntry& weight, ScaleTiles scales) {
  const bool is_e4m3 = weight.tensor.type == DType::F8_E4M3;
  const DType type = is_e4m3 ? DType::FP8_E4M3 : DType::FP8_E5M2;
  const Shape& shape = weight.tensor.shape;
  require_whole_blocks(weight, shape.columns(), type);
  if (scales.columns > 1 && scales.tile_columns % kBlock != 0) {
    refuse_tensor(weight, format("scales of {} inputs each", scales.tile_columns),
                  "a multiple of 64");
  }
  const std::byte* codes = weight.tensor.data;
  tensors.add(weight.name, type, shape, [codes, scales = std::move(scales)](const Tensor& matrix) {
    write_fp8(matrix, codes, scales);
  });
}

}  // namespace bantam::formats
