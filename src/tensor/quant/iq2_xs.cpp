#include "tensor/quant/iq2_xs.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

void decode_iq2_xs(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ2_XS, 256>(blocks, values, count, [](const BlockIQ2_XS& block, float* out) {
    const float scale = to_float(block.scale);
    for (int point = 0; point < 32; ++point) {
      const int group = point / 2;
      const int group_scale = block.group_scales[group / 2] >> (group % 2 * 4) & 15;
      const float factor = scale * (0.5f + static_cast<float>(group_scale)) * 0.25f;
      const std::uint64_t row = kIq2XsGrid.rows[block.points[point] & 511];
      write_point8(row, iq_sign_bits(block.points[point] >> 9), factor, out + 8 * point);
    }
  });
}

}  // namespace bantam
