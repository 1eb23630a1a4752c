#include "tensor/quant/iq1_s.h"

#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

void decode_iq1_s(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ1_S, 256>(blocks, values, count, [](const BlockIQ1_S& block, float* out) {
    const float scale = to_float(block.scale);
    for (int point = 0; point < 32; ++point) {
      const int packed = block.groups[point / 4];
      const float factor = scale * static_cast<float>(2 * (packed >> 12 & 7) + 1);
      const float shift = (packed & 0x8000) != 0 ? -kIq1Shift : kIq1Shift;
      const int high = packed >> (point % 4 * 3) & 7;
      const std::uint64_t row = kIq1Grid.rows[block.rows_low[point] | high << 8];
      write_shifted_point8(row, factor, shift, out + 8 * point);
    }
  });
}

}  // namespace bantam
