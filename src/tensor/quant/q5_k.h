// Q5_K: 256 values of 5 bits in 8 groups of 32, 5.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * group_scale * code[i] - min_scale * group_min, group = i / 32.
// Source: ggml, src/ggml-common.h, block_q5_K.
struct BlockQ5_K {
  Half scale;
  Half min_scale;
  std::uint8_t group_scales[12];  // as in BlockQ4_K
  std::uint8_t fifth_bits[32];    // byte i % 32, bit i / 32 = bit 4 of code[i]
  // quarter q: byte 32q + j, low = value 64q + j, high = 64q + 32 + j
  std::uint8_t codes[128];
};
static_assert(sizeof(BlockQ5_K) == 176);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q5_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
