// Q5_1: 32 values of 5 bits above a minimum, 6 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * code[i] + min. Source: ggml, src/ggml-common.h, block_q5_1.
struct BlockQ5_1 {
  Half scale;
  Half min;
  std::uint8_t fifth_bits[4];  // little-endian u32: bit i = bit 4 of code[i]
  std::uint8_t codes[16];      // byte j: low nibble = code[j], high nibble = code[j + 16]
};
static_assert(sizeof(BlockQ5_1) == 24);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q5_1(const std::byte* blocks, float* values, std::int64_t count);
void encode_q5_1(const float* values, std::byte* blocks, std::int64_t count);

}  // namespace bantam
