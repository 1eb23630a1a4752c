// Q8_K: 256 values of 8 bits with sums, for activations against formats of 256.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = scale * codes[i]. Source: ggml, src/ggml-common.h, block_q8_K.
struct BlockQ8_K {
  float scale;
  std::int8_t codes[256];
  std::int16_t group_sums[16];  // codes[16g] + ... + codes[16g + 15]
};
static_assert(sizeof(BlockQ8_K) == 292);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q8_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
