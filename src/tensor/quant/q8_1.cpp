#include "tensor/quant/q8_1.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q8_1(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ8_1, 32>(blocks, values, count, [](const BlockQ8_1& block, float* out) {
    const float scale = to_float(block.scale);
    for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(block.codes[i]) * scale;
  });
}

}  // namespace bantam
