// NVFP4: 64 values of E2M1 in 4 groups of 16 with UE4M3 scales, 4.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = group_scale / 2 * kE2M1Doubled[code[i]] (mxfp4.h), group = i / 16.
// Source: ggml, src/ggml-common.h, block_nvfp4.
struct BlockNVFP4 {
  // UE4M3: bits 3-6 exponent (bias 7), bits 0-2 fraction, bit 7 ignored; 0x00 and 0x7f stand for 0
  // (0x80 is 0 too, 0xff is 480)
  std::uint8_t group_scales[4];
  // group g: byte 8g + j, low = value 16g + j, high = value 16g + 8 + j
  std::uint8_t codes[32];
};
static_assert(sizeof(BlockNVFP4) == 36);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_nvfp4(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
