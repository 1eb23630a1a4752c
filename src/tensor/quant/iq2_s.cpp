#include "tensor/quant/iq2_s.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

void decode_iq2_s(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ2_S, 256>(blocks, values, count, [](const BlockIQ2_S& block, float* out) {
    const float scale = to_float(block.scale);
    for (int point = 0; point < 32; ++point) {
      const int group = point / 2;
      const int group_scale = block.group_scales[group / 2] >> (group % 2 * 4) & 15;
      const float factor = scale * (0.5f + static_cast<float>(group_scale)) * 0.25f;
      const int high = block.rows_high[point / 4] >> (point % 4 * 2) & 3;
      const std::uint64_t row = kIq2SGrid.rows[block.rows_low[point] | high << 8];
      write_point8(row, block.signs[point], factor, out + 8 * point);
    }
  });
}

}  // namespace bantam
