// IQ4_NL: 32 values of 4 bits on a nonlinear scale, 4.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * kIq4Levels[code[i]]. Source: ggml, src/ggml-common.h, block_iq4_nl.
struct BlockIQ4_NL {
  Half scale;
  std::uint8_t codes[16];  // byte j: low nibble = code[j], high nibble = code[j + 16]
};
static_assert(sizeof(BlockIQ4_NL) == 18);

// The levels that a code stands for, shared with IQ4_XS.
constexpr std::int8_t kIq4Levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_iq4_nl(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
