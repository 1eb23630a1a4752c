#include "tensor/quant/iq3_xxs.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"
#include "tensor/quant/little_endian.h"

namespace bantam {

void decode_iq3_xxs(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ3_XXS, 256>(
      blocks, values, count, [](const BlockIQ3_XXS& block, float* out) {
        const float scale = to_float(block.scale);
        for (int group = 0; group < 8; ++group) {
          const std::uint32_t packed = load_u32(block.signs_and_scales + 4 * group);
          const float factor = scale * (0.5f + static_cast<float>(packed >> 28)) * 0.5f;
          for (int point = 0; point < 8; ++point) {
            const std::uint32_t row = kIq3XxsGrid.rows[block.rows[8 * group + point]];
            const unsigned signs = iq_sign_bits(packed >> (7 * (point / 2)) & 127u);
            write_point4(row, signs >> (point % 2 * 4), factor, out + 32 * group + 4 * point);
          }
        }
      });
}

}  // namespace bantam
