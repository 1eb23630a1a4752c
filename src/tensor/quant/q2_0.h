// Q2_0: 64 values of 2 bits, 2.25 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (code[i] - 1). Source: ggml, src/ggml-common.h, block_q2_0.
struct BlockQ2_0 {
  Half scale;
  std::uint8_t codes[16];  // byte i / 4, bits 2(i % 4)..2(i % 4) + 1 = code[i]
};
static_assert(sizeof(BlockQ2_0) == 18);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q2_0(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
