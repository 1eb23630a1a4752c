#include "tensor/quant/q5_0.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/code_rounding.h"
#include "tensor/quant/little_endian.h"

namespace bantam {

void decode_q5_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ5_0, 32>(blocks, values, count, [](const BlockQ5_0& block, float* out) {
    const float scale = to_float(block.scale);
    const std::uint32_t fifth_bits = load_u32(block.fifth_bits);
    for (int j = 0; j < 16; ++j) {
      const int low = static_cast<int>((block.codes[j] & 15) | (fifth_bits >> j & 1u) << 4);
      const int high = static_cast<int>(block.codes[j] >> 4 | (fifth_bits >> (j + 16) & 1u) << 4);
      out[j] = static_cast<float>(low - 16) * scale;
      out[j + 16] = static_cast<float>(high - 16) * scale;
    }
  });
}

void encode_q5_0(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<BlockQ5_0, 32>(values, blocks, count, [](const float* in) {
    BlockQ5_0 block{};
    // The value of largest magnitude becomes code 0, the one end of the range that reaches -16. A
    // block of zeros has scale -0.
    const float scale = signed_peak(in, 32) / -16.0f;
    const float inverse = inverse_or_zero(scale);
    block.scale = to_half(scale);
    std::uint32_t fifth_bits = 0;
    for (int j = 0; j < 16; ++j) {
      const std::uint8_t low = truncate_to_code(in[j] * inverse + 16.5f, 31);
      const std::uint8_t high = truncate_to_code(in[j + 16] * inverse + 16.5f, 31);
      block.codes[j] = static_cast<std::uint8_t>((low & 15u) | (high & 15u) << 4);
      fifth_bits |= static_cast<std::uint32_t>(low >> 4) << j;
      fifth_bits |= static_cast<std::uint32_t>(high >> 4) << (j + 16);
    }
    store_u32(block.fifth_bits, fifth_bits);
    return block;
  });
}

}  // namespace bantam
