#include "tensor/quant/fp4_e4m3.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/fp8.h"

namespace bantam {

void decode_fp4_e4m3(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockFP4_E4M3, 64>(
      blocks, values, count, [](const BlockFP4_E4M3& block, float* out) {
        for (int group = 0; group < 4; ++group) {
          const float scale = float_of_e4m3(block.group_scales[group]) / block.divisor;
          for (int j = 0; j < 8; ++j) {
            const std::uint8_t codes = block.codes[8 * group + j];
            out[16 * group + j] = kE2M1Levels[codes & 15] * scale;
            out[16 * group + 8 + j] = kE2M1Levels[codes >> 4] * scale;
          }
        }
      });
}

}  // namespace bantam
