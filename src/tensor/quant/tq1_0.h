// TQ1_0: 256 ternary values, five to a byte, 1.6875 bits a value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/half.h"

namespace bantam {

// value[i] = scale * (trit[i] - 1). Source: ggml, src/ggml-common.h, block_tq1_0.
//
// A byte b holds five trits t0..t4 as the fraction b / 256 ~ 0.t0t1t2t3t4 in base 3, rounded up, so
// that trit n = (b * 3^n mod 256) * 3 / 256.
struct BlockTQ1_0 {
  // bytes 0-31: trit n of byte j = value 32n + j; bytes 32-47: trit n of byte 32 + j = value 160 +
  // 16n + j
  std::uint8_t trits[48];
  std::uint8_t last_trits[4];  // trit n (n < 4) of byte j = value 240 + 4n + j
  Half scale;
};
static_assert(sizeof(BlockTQ1_0) == 54);

// The functions of its row in the format table; `count` is a multiple of the block size.
void decode_tq1_0(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
