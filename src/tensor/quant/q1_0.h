// Q1_0: 128 signs, 1.125 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = bit[i] ? scale : -scale. Source: ggml, src/ggml-common.h, block_q1_0.
struct BlockQ1_0 {
  Half scale;
  std::uint8_t bits[16];  // byte i / 8, bit i % 8 = bit[i]
};
static_assert(sizeof(BlockQ1_0) == 18);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q1_0(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
