#include "tensor/quant/nvfp4.h"

#include <cmath>

#include "tensor/quant/block_loop.h"
#include "tensor/quant/mxfp4.h"

namespace bantam {

namespace {

// Half of the unsigned E4M3 number, as kE2M1Doubled is twice E2M1.
float half_of_ue4m3(std::uint8_t byte) {
  if (byte == 0 || byte == 0x7f) return 0.0f;
  const int exponent = byte >> 3 & 15;
  const auto fraction = static_cast<float>(byte & 7);
  if (exponent == 0) return fraction * 0x1p-10f;
  return std::ldexp(1.0f + fraction / 8.0f, exponent - 8);
}

}  // namespace

void decode_nvfp4(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockNVFP4, 64>(blocks, values, count, [](const BlockNVFP4& block, float* out) {
    for (int group = 0; group < 4; ++group) {
      const float scale = half_of_ue4m3(block.group_scales[group]);
      for (int j = 0; j < 8; ++j) {
        const std::uint8_t codes = block.codes[8 * group + j];
        out[16 * group + j] = static_cast<float>(kE2M1Doubled[codes & 15]) * scale;
        out[16 * group + 8 + j] = static_cast<float>(kE2M1Doubled[codes >> 4]) * scale;
      }
    }
  });
}

}  // namespace bantam
