#include "tensor/quant/mxfp4.h"

#include "tensor/half.h"
#include "tensor/quant/block_loop.h"

namespace bantam {

namespace {

// 2^(exponent - 128), subnormal for 0 and 1.
float half_of_e8m0(std::uint32_t exponent) {
  if (exponent < 2) return bits_to_float(0x00200000u << exponent);
  return bits_to_float((exponent - 1) << 23);
}

}  // namespace

void decode_mxfp4(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockMXFP4, 32>(blocks, values, count, [](const BlockMXFP4& block, float* out) {
    const float scale = half_of_e8m0(block.exponent);
    for (int j = 0; j < 16; ++j) {
      out[j] = static_cast<float>(kE2M1Doubled[block.codes[j] & 15]) * scale;
      out[j + 16] = static_cast<float>(kE2M1Doubled[block.codes[j] >> 4]) * scale;
    }
  });
}

}  // namespace bantam
