// IQ2_S: 256 values as points of a grid of 1024, 2.5625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (0.5 + group_scale) / 4 * sign * grid value. Group of 16 = 2 points of 8 values.
// Source: ggml, src/ggml-common.h, block_iq2_s.
struct BlockIQ2_S {
  Half scale;
  std::uint8_t rows_low[32];     // point p: bits 0-7 of its row of kIq2SGrid
  std::uint8_t signs[32];        // point p: bit i set = value i is negative
  std::uint8_t rows_high[8];     // byte p / 4, bits 2(p % 4).. = bits 8-9 of the row
  std::uint8_t group_scales[8];  // byte b: low nibble = group 2b, high nibble = group 2b + 1
};
static_assert(sizeof(BlockIQ2_S) == 82);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq2_s(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
