#include "tensor/quant/iq2_xxs.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

void decode_iq2_xxs(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ2_XXS, 256>(
      blocks, values, count, [](const BlockIQ2_XXS& block, float* out) {
        const float scale = to_float(block.scale);
        for (int group = 0; group < 8; ++group) {
          const std::uint16_t* words = block.groups + 4 * group;
          const std::uint32_t rows = words[0] | static_cast<std::uint32_t>(words[1]) << 16;
          const std::uint32_t signs = words[2] | static_cast<std::uint32_t>(words[3]) << 16;
          const float factor = scale * (0.5f + static_cast<float>(signs >> 28)) * 0.25f;
          for (int point = 0; point < 4; ++point) {
            const std::uint64_t row = kIq2XxsGrid.rows[rows >> (8 * point) & 255u];
            write_point8(row, iq_sign_bits(signs >> (7 * point) & 127u), factor,
                         out + 32 * group + 8 * point);
          }
        }
      });
}

}  // namespace bantam
