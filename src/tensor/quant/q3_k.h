// Q3_K: 256 values of 3 bits in 16 groups of 16, 3.4375 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (group_scale - 32) * (code[i] - 4), group = i / 16.
// Source: ggml, src/ggml-common.h, block_q3_K.
struct BlockQ3_K {
  std::uint8_t third_bits[32];  // byte i % 32, bit i / 32 = bit 2 of code[i]
  // half h of 128 values: byte 32h + j, bits 2p..2p+1 = value 128h + 32p + j
  std::uint8_t codes[64];
  // 6 bits: low nibbles of bytes 0-7 = bits 0-3 of groups 0-7, high nibbles = groups 8-15; byte 8 +
  // g % 4, bits 2(g / 4).. = bits 4-5
  std::uint8_t group_scales[12];
  Half scale;
};
static_assert(sizeof(BlockQ3_K) == 110);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q3_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
