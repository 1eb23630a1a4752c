// IQ2_XXS: 256 values as points of a grid of 256, 2.0625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (0.5 + group_scale) / 4 * sign * grid value. Group of 32 = 4 points of 8 values.
// Source: ggml, src/ggml-common.h, block_iq2_xxs.
struct BlockIQ2_XXS {
  Half scale;
  // group g: words 4g and 4g + 1 = bytes: rows of kIq2XxsGrid for points 0-3; words 4g + 2 and 4g +
  // 3 = u32 little-endian: bits 7p..7p+6 = sign pattern of point p (see iq_sign_bits), bits 28-31 =
  // group_scale
  std::uint16_t groups[32];
};
static_assert(sizeof(BlockIQ2_XXS) == 66);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq2_xxs(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
