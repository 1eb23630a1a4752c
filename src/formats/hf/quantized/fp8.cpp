// Floats of 8 bits, quant_method "fp8" (DeepSeek-V3 technical report, section 3.3, and what vLLM
// reads). MODULE.weight is F8_E4M3 or F8_E5M2; weight_scale_inv holds the factors of tiles of
// weight_block_size, or weight_scale one for the tensor or each row. Despite its name the first
// multiplies too.
#include <utility>

#include "base/format.h"
#include "formats/hf/quantized/scale_tiles.h"
#include "formats/hf/quantized/schemes.h"

namespace bantam::formats {
namespace {

struct TileSize {
  std::int64_t rows = 0, columns = 0;
};

TileSize tile_size(const QuantizedTensors& tensors) {
  const auto stated = tensors.integers_option("weight_block_size");
  if (!stated) return {};
  if (stated->size() != 2 || stated->at(0) <= 0 || stated->at(1) <= 0) {
    tensors.refuse("weight_block_size", format("{} numbers", stated->size()),
                   "two numbers above 0");
  }
  return {stated->at(0), stated->at(1)};
}

void convert_module(QuantizedTensors& tensors, const std::string& module, TileSize tile) {
  const TensorEntry& weight = tensors.take(module + ".weight", {DType::F8_E4M3, DType::F8_E5M2});
  const Shape& shape = weight.tensor.shape;
  if (shape.rank() != 2) fail_tensor(weight, to_text(shape), "[outputs, inputs]");
  const bool is_plain = tensors.find(module + ".weight_scale_inv") == nullptr;
  ScaleTiles scales =
      take_scale_tiles(tensors, module + (is_plain ? ".weight_scale" : ".weight_scale_inv"), shape,
                       tile.rows, tile.columns);
  // For activations that are rounded to 8 bits; these are kept as they are.
  tensors.try_take(module + ".input_scale", {DType::F32, DType::F16, DType::BF16});
  tensors.try_take(module + ".activation_scale", {DType::F32, DType::F16, DType::BF16});
  add_fp8(tensors, weight, std::move(scales));
}

}  // namespace

void convert_fp8(QuantizedTensors& tensors) {
  const TileSize tile = tile_size(tensors);
  for (const std::string& module : tensors.modules_with(".weight")) {
    const DType type = tensors.find(module + ".weight")->tensor.type;
    if (type == DType::F8_E4M3 || type == DType::F8_E5M2) convert_module(tensors, module, tile);
  }
}

}  // namespace bantam::formats
