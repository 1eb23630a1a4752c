// Q2_K: 256 values of 2 bits in 16 groups of 16, 2.625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * group_scale * code[i] - min_scale * group_min, group = i / 16.
// Source: ggml, src/ggml-common.h, block_q2_K.
struct BlockQ2_K {
  std::uint8_t group_scales[16];  // low nibble = group_scale, high nibble = group_min
  // half h of 128 values: byte 32h + j, bits 2p..2p+1 = value 128h + 32p + j
  std::uint8_t codes[64];
  Half scale;
  Half min_scale;
};
static_assert(sizeof(BlockQ2_K) == 84);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q2_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
