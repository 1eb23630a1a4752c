#include "tensor/quant/q4_1.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/code_rounding.h"

namespace bantam {

void decode_q4_1(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ4_1, 32>(blocks, values, count, [](const BlockQ4_1& block, float* out) {
    const float scale = to_float(block.scale);
    const float min = to_float(block.min);
    for (int j = 0; j < 16; ++j) {
      const int low = block.codes[j] & 15;
      const int high = block.codes[j] >> 4;
      out[j] = static_cast<float>(low) * scale + min;
      out[j + 16] = static_cast<float>(high) * scale + min;
    }
  });
}

void encode_q4_1(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<BlockQ4_1, 32>(values, blocks, count, [](const float* in) {
    BlockQ4_1 block{};
    const ValueRange range = value_range(in, 32);
    const float scale = (range.max - range.min) / 15.0f;
    const float inverse = inverse_or_zero(scale);
    block.scale = to_half(scale);
    block.min = to_half(range.min);
    for (int j = 0; j < 16; ++j) {
      const std::uint8_t low = truncate_to_code((in[j] - range.min) * inverse + 0.5f, 15);
      const std::uint8_t high = truncate_to_code((in[j + 16] - range.min) * inverse + 0.5f, 15);
      block.codes[j] = static_cast<std::uint8_t>(low | high << 4);
    }
    return block;
  });
}

}  // namespace bantam
