// Scales of the tiles of a matrix: one for all of it, for each row, or for rectangles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/hf/quantized/quantized_tensors.h"

namespace bantam::formats {

struct ScaleTiles {
  std::vector<float> values;  // row by row of tiles
  std::int64_t columns = 1;   // of tiles
  std::int64_t tile_rows = 1, tile_columns = 1;

  float at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row / tile_rows * columns + column / tile_columns)];
  }
};

// Takes the tensor `name`: [] or [1] or [1, 1], one for the matrix; [outputs] or [outputs, 1], one
// a row; or the tiles of `tile_rows` by `tile_columns` values that cover the matrix, the last ones
// in part (0: a tile of the whole extent). Throws BadFile for any other shape.
ScaleTiles take_scale_tiles(QuantizedTensors& tensors, const std::string& name, const Shape& matrix,
                            std::int64_t tile_rows, std::int64_t tile_columns);

// Adds the matrix of 8-bit floats in tensor `weight` with its scales, under the same name. The
// tiles begin and end at whole blocks of columns, or Unsupported is thrown.
void add_fp8(QuantizedTensors& tensors, const TensorEntry& weight, ScaleTiles scales);

}  // namespace bantam::formats
