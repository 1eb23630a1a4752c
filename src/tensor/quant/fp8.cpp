#include "tensor/quant/fp8.h"

#include "tensor/half.h"
#include "tensor/quant/block_loop.h"

namespace bantam {

float float_of_e4m3(std::uint8_t code) {
  const std::uint32_t sign = (code & 0x80u) << 24;
  const std::uint32_t exponent = code >> 3 & 15u;
  const std::uint32_t fraction = code & 7u;
  if ((code & 0x7fu) == 0x7fu) return bits_to_float(sign | 0x7fc00000u);
  if (exponent != 0) return bits_to_float(sign | (exponent + 120u) << 23 | fraction << 20);
  const float magnitude = static_cast<float>(fraction) * 0x1p-9f;
  return bits_to_float(sign | float_to_bits(magnitude));
}

float float_of_e5m2(std::uint8_t code) {
  return to_float(Half{static_cast<std::uint16_t>(code << 8)});
}

void decode_fp8_e4m3(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockFP8, 64>(blocks, values, count, [](const BlockFP8& block, float* out) {
    for (int i = 0; i < 64; ++i) out[i] = float_of_e4m3(block.codes[i]) * block.scale;
  });
}

void decode_fp8_e5m2(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockFP8, 64>(blocks, values, count, [](const BlockFP8& block, float* out) {
    for (int i = 0; i < 64; ++i) out[i] = float_of_e5m2(block.codes[i]) * block.scale;
  });
}

}  // namespace bantam
