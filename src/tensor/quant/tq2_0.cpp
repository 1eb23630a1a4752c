#include "tensor/quant/tq2_0.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_tq2_0(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockTQ2_0, 256>(blocks, values, count, [](const BlockTQ2_0& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 256; ++i) {
      const int code = block.codes[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
      out[i] = static_cast<float>(code - 1) * scale;
    }
  });
}

}  // namespace bantam
