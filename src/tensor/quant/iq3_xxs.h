// IQ3_XXS: 256 values as points of a grid of 256, 3.0625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value = scale * (0.5 + group_scale) / 2 * sign * grid value. Group of 32 = 8 points of 4 values.
// Source: ggml, src/ggml-common.h, block_iq3_xxs.
struct BlockIQ3_XXS {
  Half scale;
  std::uint8_t rows[64];  // point p (4 values): row of kIq3XxsGrid
  // group g: u32 little-endian at 4g: bits 7k..7k+6 = sign pattern of values 8k..8k+7 (see
  // iq_sign_bits), bits 28-31 = group_scale
  std::uint8_t signs_and_scales[32];
};
static_assert(sizeof(BlockIQ3_XXS) == 98);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq3_xxs(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
