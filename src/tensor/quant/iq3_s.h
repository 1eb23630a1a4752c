// IQ3_S: 256 values as points of a grid of 512, 3.4375 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (1 + 2 * group_scale) * sign * grid value. Group of 32 = 8 points of 4 values.
// Source: ggml, src/ggml-common.h, block_iq3_s.
struct BlockIQ3_S {
  Half scale;
  std::uint8_t rows_low[64];     // point p (4 values): bits 0-7 of its row of kIq3SGrid
  std::uint8_t rows_high[8];     // byte p / 8, bit p % 8 = bit 8 of the row
  std::uint8_t signs[32];        // byte i / 8, bit i % 8 set = value i is negative
  std::uint8_t group_scales[4];  // byte b: low nibble = group 2b, high nibble = group 2b + 1
};
static_assert(sizeof(BlockIQ3_S) == 110);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq3_s(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
