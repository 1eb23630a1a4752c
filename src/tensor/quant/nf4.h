// NF4 and FP4 of bitsandbytes: 64 values of 4 bits on a table of levels, 4.5 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = level[code[i]] * peak. Source: Dettmers et al. 2023 (QLoRA); the tables are those that
// bitsandbytes stores beside its weights (quant_map).
struct BlockNF4 {
  float peak;              // the largest magnitude of the 64
  std::uint8_t codes[32];  // bytes 16h + j: low nibble = value 32h + j, high = value 32h + 16 + j
};
static_assert(sizeof(BlockNF4) == 36);

// Quantiles of the normal distribution.
constexpr float kNF4Levels[16] = {-0x1p+0f,        -0x1.647362p-1f, -0x1.0cd66p-1f,  -0x1.94654p-2f,
                                  -0x1.23449ap-2f, -0x1.7a6a7ep-3f, -0x1.74f0e2p-4f, 0.0f,
                                  0x1.45f5fep-4f,  0x1.4995c6p-3f,  0x1.f809bap-3f,  0x1.5a0674p-2f,
                                  0x1.c3497p-2f,   0x1.200f56p-1f,  0x1.722766p-1f,  0x1p+0f};

// A float of a sign, two bits of exponent and one of fraction, over 12. The table is not sorted.
constexpr float kFP4Levels[16] = {0.0f,
                                  0x1.555556p-8f,
                                  0x1.555556p-1f,
                                  0x1p+0f,
                                  0x1.555556p-2f,
                                  0x1p-1f,
                                  0x1.555556p-3f,
                                  0x1p-2f,
                                  0.0f,
                                  -0x1.555556p-8f,
                                  -0x1.555556p-1f,
                                  -0x1p+0f,
                                  -0x1.555556p-2f,
                                  -0x1p-1f,
                                  -0x1.555556p-3f,
                                  -0x1p-2f};

// The functions of their rows in the format table; `count` is a multiple of the block size.
void decode_nf4(const std::byte* blocks, float* values, std::int64_t count);
void decode_fp4(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
