// IQ4_XS: 256 values of 4 bits on a nonlinear scale in 8 groups of 32, 4.25 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (group_scale - 32) * kIq4Levels[code[i]] (iq4_nl.h), group = i / 32.
// Source: ggml, src/ggml-common.h, block_iq4_xs.
struct BlockIQ4_XS {
  Half scale;
  std::uint16_t group_scales_high;   // bits 2g..2g+1 = bits 4-5 of group_scale[g]
  std::uint8_t group_scales_low[4];  // byte b: low nibble = group 2b, high nibble = group 2b + 1
  // group g: byte 16g + j, low = value 32g + j, high = 32g + 16 + j
  std::uint8_t codes[128];
};
static_assert(sizeof(BlockIQ4_XS) == 136);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq4_xs(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
