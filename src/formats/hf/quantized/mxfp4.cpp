// MXFP4 as gpt-oss has it: stacks of experts, NAME_blocks U8 [experts, outputs, inputs / 32, 16]
// with pairs of neighbouring E2M1 codes, low nibble first, and NAME_scales U8, a power of two for
// each 32. They become GGUF's MXFP4 blocks, whose nibbles stand 16 values apart, under another
// type: GGUF's has a kernel that rounds activations to 8 bits.
#include <cstring>

#include "base/format.h"
#include "formats/hf/quantized/schemes.h"
#include "tensor/quant/mxfp4.h"

namespace bantam::formats {
namespace {

void write_mxfp4(const Tensor& matrix, const std::byte* codes, const std::byte* exponents) {
  for (std::int64_t b = 0; b < matrix.shape.element_count() / 32; ++b) {
    BlockMXFP4 block;
    block.exponent = static_cast<std::uint8_t>(exponents[b]);
    const auto code = [&](int at) {
      const auto pair = static_cast<unsigned>(codes[16 * b + at / 2]);
      return at % 2 == 0 ? pair & 15u : pair >> 4;
    };
    for (int j = 0; j < 16; ++j) {
      block.codes[j] = static_cast<std::uint8_t>(code(j) | code(j + 16) << 4);
    }
    std::memcpy(matrix.data + b * static_cast<std::int64_t>(sizeof block), &block, sizeof block);
  }
}

}  // namespace

void convert_mxfp4(QuantizedTensors& tensors) {
  for (const std::string& name : tensors.modules_with("_blocks")) {
    const TensorEntry& packed = tensors.take(name + "_blocks", {DType::U8});
    const Shape& shape = packed.tensor.shape;
    if (shape.rank() != 4 || shape.columns() != 16) {
      fail_tensor(packed, format("shape {}", to_text(shape)),
                  "[experts, outputs, inputs / 32, 16]");
    }
    const TensorEntry& scales =
        tensors.take(name + "_scales", {DType::U8}, Shape{shape[0], shape[1], shape[2]});
    const std::byte* codes = packed.tensor.data;
    const std::byte* exponents = scales.tensor.data;
    tensors.add(
        name, DType::FP4_E8M0, Shape{shape[0], shape[1], shape[2] * 32},
        [codes, exponents](const Tensor& matrix) { write_mxfp4(matrix, codes, exponents); });
  }
}

}  // namespace bantam::formats
