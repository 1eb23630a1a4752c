// Q4_0: 32 values of 4 bits around zero, 4.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (code[i] - 8). Source: ggml, src/ggml-common.h, block_q4_0.
struct BlockQ4_0 {
  Half scale;
  std::uint8_t codes[16];  // byte j: low nibble = code[j], high nibble = code[j + 16]
};
static_assert(sizeof(BlockQ4_0) == 18);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q4_0(const std::byte* blocks, float* values, std::int64_t count);
void encode_q4_0(const float* values, std::byte* blocks, std::int64_t count);

}  // namespace bantam
