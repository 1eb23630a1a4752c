#include "tensor/quant/q4_0.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/code_rounding.h"

namespace bantam {

void decode_q4_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ4_0, 32>(blocks, values, count, [](const BlockQ4_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int j = 0; j < 16; ++j) {
      const int low = block.codes[j] & 15;
      const int high = block.codes[j] >> 4;
      out[j] = static_cast<float>(low - 8) * scale;
      out[j + 16] = static_cast<float>(high - 8) * scale;
    }
  });
}

void encode_q4_0(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<BlockQ4_0, 32>(values, blocks, count, [](const float* in) {
    BlockQ4_0 block{};
    // The value of largest magnitude becomes code 0, the one end of the range that reaches -8. A
    // block of zeros has scale -0.
    const float scale = signed_peak(in, 32) / -8.0f;
    const float inverse = inverse_or_zero(scale);
    block.scale = to_half(scale);
    for (int j = 0; j < 16; ++j) {
      const std::uint8_t low = truncate_to_code(in[j] * inverse + 8.5f, 15);
      const std::uint8_t high = truncate_to_code(in[j + 16] * inverse + 8.5f, 15);
      block.codes[j] = static_cast<std::uint8_t>(low | high << 4);
    }
    return block;
  });
}

}  // namespace bantam
