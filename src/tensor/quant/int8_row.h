// Rows of 8-bit integers with the row's largest magnitude: LLM.int8() of bitsandbytes, 8.5 bits a
// value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam {

// value[i] = code[i] * peak * (1 / 127 as that program's float), multiplied in that order. Every
// block of a row repeats its peak. Source of the arithmetic: bitsandbytes,
// functional.int8_vectorwise_dequant (Dettmers et al. 2022).
struct BlockInt8Row {
  float peak;
  std::int8_t codes[64];
};
static_assert(sizeof(BlockInt8Row) == 68);

constexpr float kInt8RowStep = 7.874015718698502e-3f;

// The function of its row in the format table; `count` is a multiple of the block size.
void decode_int8_row(const std::byte* blocks, float* values, std::int64_t count);

}  // namespace bantam
