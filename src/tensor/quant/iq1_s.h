// IQ1_S: 256 values as points of a ternary grid of 2048, 1.5625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (2 * group_scale + 1) * (grid value + shift), shift = +-kIq1Shift. Group of 32 =
// 4 points. Source: ggml, src/ggml-common.h, block_iq1_s.
struct BlockIQ1_S {
  Half scale;
  std::uint8_t rows_low[32];  // point p (8 values): bits 0-7 of its row of kIq1Grid
  // bits 3k..3k+2 = bits 8-10 of the row of point k, bits 12-14 = group_scale, bit 15 set = the
  // shift is negative
  std::uint16_t groups[8];
};
static_assert(sizeof(BlockIQ1_S) == 50);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq1_s(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
