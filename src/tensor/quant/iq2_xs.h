// IQ2_XS: 256 values as points of a grid of 512, 2.3125 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (0.5 + group_scale) / 4 * sign * grid value. Group of 16 = 2 points of 8 values.
// Source: ggml, src/ggml-common.h, block_iq2_xs.
struct BlockIQ2_XS {
  Half scale;
  // bits 0-8 = row of kIq2XsGrid, bits 9-15 = sign pattern (iq_sign_bits)
  std::uint16_t points[32];
  std::uint8_t group_scales[8];  // byte b: low nibble = group 2b, high nibble = group 2b + 1
};
static_assert(sizeof(BlockIQ2_XS) == 74);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq2_xs(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
