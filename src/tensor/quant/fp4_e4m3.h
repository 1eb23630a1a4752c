// Floats of 4 bits with an 8-bit float scale for each 16 and one float for the tensor: NVFP4 as
// compressed-tensors has it, 5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = e2m1(code[i]) * (e4m3(group_scales[i / 16]) / divisor), both rounded. GGUF's NVFP4
// (nvfp4.h) has no divisor.
struct BlockFP4_E4M3 {
  float divisor;                 // of the whole tensor
  std::uint8_t group_scales[4];  // fp8.h
  std::uint8_t codes[32];        // bytes 8g + j: low nibble = value 16g + j, high = 16g + 8 + j
};
static_assert(sizeof(BlockFP4_E4M3) == 40);

// A sign, two bits of exponent and one of fraction; code 8 is -0.
constexpr float kE2M1Levels[16] = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,  4.0f,  6.0f,
                                   -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};

// The function of its row in the format table; `count` is a multiple of the block size.
void decode_fp4_e4m3(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
