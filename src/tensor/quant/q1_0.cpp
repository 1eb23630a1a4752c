#include "tensor/quant/q1_0.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q1_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ1_0, 128>(blocks, values, count, [](const BlockQ1_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 128; ++i) {
      const bool positive = (block.bits[i / 8] >> (i % 8) & 1) != 0;
      out[i] = positive ? scale : -scale;
    }
  });
}

}  // namespace bantam
