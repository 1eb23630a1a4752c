// Q8_1: Q8_0 with the sum of its values, for activations against formats with a minimum.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * codes[i]. Source: ggml, src/ggml-common.h, block_q8_1 (36-byte form).
struct BlockQ8_1 {
  Half scale;
  Half sum;  // scale * (codes[0] + ... + codes[31])
  std::int8_t codes[32];
};
static_assert(sizeof(BlockQ8_1) == 36);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q8_1(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
