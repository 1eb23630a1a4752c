#include "tensor/quant/iq3_s.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

void decode_iq3_s(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ3_S, 256>(blocks, values, count, [](const BlockIQ3_S& block, float* out) {
    const float scale = to_float(block.scale);
    for (int point = 0; point < 64; ++point) {
      const int group = point / 8;
      const int group_scale = block.group_scales[group / 2] >> (group % 2 * 4) & 15;
      const float factor = scale * static_cast<float>(1 + 2 * group_scale);
      const int high = block.rows_high[point / 8] >> (point % 8) & 1;
      const std::uint32_t row = kIq3SGrid.rows[block.rows_low[point] | high << 8];
      const unsigned signs = block.signs[point / 2];
      write_point4(row, signs >> (point % 2 * 4), factor, out + 4 * point);
    }
  });
}

}  // namespace bantam
