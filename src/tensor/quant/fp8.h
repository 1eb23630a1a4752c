// Floats of 8 bits with a float scale, 8.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = float8(code[i]) * scale. Scales of a tensor, row or tile are repeated. Source: OCP
// 8-bit Floating Point Specification (OFP8) v1.0.
struct BlockFP8 {
  float scale;
  std::uint8_t codes[64];
};
static_assert(sizeof(BlockFP8) == 68);

// E4M3: a sign, 4 bits of exponent (bias 7), 3 of fraction; no infinity, 0x7f and 0xff are NaN.
float float_of_e4m3(std::uint8_t code);
// E5M2: the upper byte of a half.
float float_of_e5m2(std::uint8_t code);

// The functions of their rows in the format table; `count` is a multiple of the block size.
void decode_fp8_e4m3(const std::byte* blocks, float* values, std::int64_t count);
void decode_fp8_e5m2(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
