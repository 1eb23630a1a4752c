#include "tensor/quant/q8_k.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_q8_k(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockQ8_K, 256>(blocks, values, count, [](const BlockQ8_K& block, float* out) {
    for (int i = 0; i < 256; ++i) out[i] = block.scale * static_cast<float>(block.codes[i]);
  });
}

}  // namespace bantam
