#include "tensor/quant/iq4_xs.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq4_nl.h"

namespace bantam {

void decode_iq4_xs(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ4_XS, 256>(blocks, values, count, [](const BlockIQ4_XS& block, float* out) {
    const float scale = to_float(block.scale);
    for (int group = 0; group < 8; ++group) {
      const int low = block.group_scales_low[group / 2] >> (group % 2 * 4) & 15;
      const int high = block.group_scales_high >> (group * 2) & 3;
      const float factor = scale * static_cast<float>((low | high << 4) - 32);
      for (int j = 0; j < 16; ++j) {
        const std::uint8_t codes = block.codes[16 * group + j];
        out[32 * group + j] = factor * static_cast<float>(kIq4Levels[codes & 15]);
        out[32 * group + 16 + j] = factor * static_cast<float>(kIq4Levels[codes >> 4]);
      }
    }
  });
}

}  // namespace bantam
