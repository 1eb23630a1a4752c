#include "tensor/quant/q8_0.h"

#include <cmath>

#include "tensor/quant/block_loop.h"
#include "tensor/quant/code_rounding.h"

namespace bantam {

void decode_q8_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ8_0, 32>(blocks, values, count, [](const BlockQ8_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(block.codes[i]) * scale;
  });
}

void encode_q8_0(const float* values, std::byte* blocks, std::int64_t count) {
  encode_blocks<BlockQ8_0, 32>(values, blocks, count, [](const float* in) {
    BlockQ8_0 block{};
    const float scale = std::fabs(signed_peak(in, 32)) / 127.0f;
    const float inverse = inverse_or_zero(scale);
    block.scale = to_half(scale);
    for (int i = 0; i < 32; ++i) {
      block.codes[i] = round_to_code(in[i] * inverse);
    }
    return block;
  });
}

}  // namespace bantam
