#include "tensor/quant/iq4_nl.h"

#include "tensor/quant/block_loop.h"

namespace bantam {

void decode_iq4_nl(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ4_NL, 32>(blocks, values, count, [](const BlockIQ4_NL& block, float* out) {
    const float scale = to_float(block.scale);
    for (int j = 0; j < 16; ++j) {
      out[j] = scale * static_cast<float>(kIq4Levels[block.codes[j] & 15]);
      out[j + 16] = scale * static_cast<float>(kIq4Levels[block.codes[j] >> 4]);
    }
  });
}

}  // namespace bantam
