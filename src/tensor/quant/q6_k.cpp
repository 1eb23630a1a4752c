#include "tensor/quant/q6_k.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q6_k(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ6_K, 256>(blocks, values, count, [](const BlockQ6_K& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 256; ++i) {
      const int low = block.low_bits[i / 128 * 64 + i % 64] >> (i % 128 / 64 * 4) & 15;
      const int high = block.high_bits[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      const float factor = scale * static_cast<float>(block.group_scales[i / 16]);
      out[i] = factor * static_cast<float>((low | high << 4) - 32);
    }
  });
}

}  // namespace bantam
