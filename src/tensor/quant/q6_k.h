// Q6_K: 256 values of 6 bits in 16 groups of 16, 6.5625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * group_scales[i / 16] * (code[i] - 32).
// Source: ggml, src/ggml-common.h, block_q6_K.
struct BlockQ6_K {
  // half h of 128 values: byte 64h + j (j < 64), low = bits 0-3 of value 128h + j, high = bits 0-3
  // of value 128h + 64 + j
  std::uint8_t low_bits[128];
  // byte 32h + j (j < 32), bits 2p..2p+1 = bits 4-5 of value 128h + 32p + j
  std::uint8_t high_bits[64];
  std::int8_t group_scales[16];
  Half scale;
};
static_assert(sizeof(BlockQ6_K) == 210);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q6_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
