// Q8_0: 32 values of 8 bits around zero, 8.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * codes[i]. Source: ggml, src/ggml-common.h, block_q8_0.
struct BlockQ8_0 {
  Half scale;
  std::int8_t codes[32];
};
static_assert(sizeof(BlockQ8_0) == 34);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q8_0(const std::byte* blocks, float* values, std::int64_t count);
void encode_q8_0(const float* values, std::byte* blocks, std::int64_t count);

}  // namespace bantam
