// Q4_K: 256 values of 4 bits in 8 groups of 32, 4.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * group_scale * code[i] - min_scale * group_min, group = i / 32.
// Source: ggml, src/ggml-common.h, block_q4_K.
struct BlockQ4_K {
  Half scale;
  Half min_scale;
  // 6-bit scales s and mins m: bytes 0-3 = s[g] | s[g + 4] bits 4-5 << 6, bytes 4-7 = m[g] | m[g +
  // 4] bits 4-5 << 6, bytes 8-11 = s[g + 4] bits 0-3 | m[g + 4] bits 0-3 << 4
  std::uint8_t group_scales[12];
  // quarter q: byte 32q + j, low = value 64q + j, high = 64q + 32 + j
  std::uint8_t codes[128];
};
static_assert(sizeof(BlockQ4_K) == 144);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_q4_k(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
