#include "tensor/quant/q2_0.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q2_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ2_0, 64>(blocks, values, count, [](const BlockQ2_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 64; ++i) {
      const int code = block.codes[i / 4] >> (i % 4 * 2) & 3;
      out[i] = static_cast<float>(code - 1) * scale;
    }
  });
}

}  // namespace bantam
