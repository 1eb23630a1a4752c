// IQ1_M: 256 values as points of a ternary grid of 2048, 1.75 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value = scale * (2 * group_scale + 1) * (grid value + shift), shift = +-kIq1Shift. Group of 16 =
// 2 points. Source: ggml, src/ggml-common.h, block_iq1_m.
struct BlockIQ1_M {
  std::uint8_t rows_low[32];  // point p (8 values): bits 0-7 of its row of kIq1Grid
  // nibble p (low nibble first): bits 0-2 = bits 8-10 of the row, bit 3 set = the shift is negative
  std::uint8_t rows_high[16];
  // 4 little-endian words w: bits 3k..3k+2 of word w = group_scale of group 4w + k; bits 12-15 of
  // words 0-3 = nibbles 0-3 of the half-precision scale
  std::uint8_t group_scales[8];
};
static_assert(sizeof(BlockIQ1_M) == 56);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq1_m(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
