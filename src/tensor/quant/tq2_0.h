// TQ2_0: 256 ternary values of 2 bits, 2.0625 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (code[i] - 1). Source: ggml, src/ggml-common.h, block_tq2_0.
struct BlockTQ2_0 {
  // half h of 128 values: byte 32h + j, bits 2p..2p+1 = value 128h + 32p + j
  std::uint8_t codes[64];
  Half scale;
};
static_assert(sizeof(BlockTQ2_0) == 66);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_tq2_0(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
