// MXFP4: 32 values of E2M1 with a power-of-two scale, 4.25 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = 2^(exponent - 128) * kE2M1Doubled[code[i]]. Source: OCP Microscaling Formats (MX)
// v1.0; ggml, src/ggml-common.h, block_mxfp4.
struct BlockMXFP4 {
  std::uint8_t exponent;   // E8M0; 255 is not treated as NaN
  std::uint8_t codes[16];  // byte j: low nibble = code[j], high nibble = code[j + 16]
};
static_assert(sizeof(BlockMXFP4) == 17);

// Twice the E2M1 values (sign bit 3, two exponent bits, one fraction bit), so that they are
// integers; shared with NVFP4. Code 8 is +0 here.
constexpr std::int8_t kE2M1Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_mxfp4(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
