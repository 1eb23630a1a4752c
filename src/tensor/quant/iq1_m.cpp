#include "tensor/quant/iq1_m.h"

#include "tensor/half.h"
#include "tensor/quant/block_loop.h"
#include "tensor/quant/iq_grids.h"
#include "tensor/quant/iq_points.h"

namespace bantam {

namespace {

// Word 0 to 3 of the group scales.
int scale_word(const BlockIQ1_M& block, int index) {
  return block.group_scales[2 * index] | block.group_scales[2 * index + 1] << 8;
}

float block_scale(const BlockIQ1_M& block) {
  int bits = 0;
  for (int word = 0; word < 4; ++word) bits |= scale_word(block, word) >> 12 << (4 * word);
  return to_float(Half{static_cast<std::uint16_t>(bits)});
}

}  // namespace

void decode_iq1_m(const std::byte* blocks, float* values, std::int64_t count) {
  decode_blocks<BlockIQ1_M, 256>(blocks, values, count, [](const BlockIQ1_M& block, float* out) {
    const float scale = block_scale(block);
    for (int point = 0; point < 32; ++point) {
      const int group = point / 2;
      const int group_scale = scale_word(block, group / 4) >> (group % 4 * 3) & 7;
      const float factor = scale * static_cast<float>(2 * group_scale + 1);
      const int high = block.rows_high[point / 2] >> (point % 2 * 4) & 15;
      const float shift = (high & 8) != 0 ? -kIq1Shift : kIq1Shift;
      const std::uint64_t row = kIq1Grid.rows[block.rows_low[point] | (high & 7) << 8];
      write_shifted_point8(row, factor, shift, out + 8 * point);
    }
  });
}

}  // namespace bantam
