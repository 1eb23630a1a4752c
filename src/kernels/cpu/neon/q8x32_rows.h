// Formats with blocks of 32, row by row: four rows at a time, codes unpacked once for up to four
// tokens. `Dot` is a level's way to multiply 8-bit integers (int8_dot.h).
#pragma once

#include "kernels/cpu/neon/q8x32_formats.h"
#include "kernels/cpu/vector/prefetch.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// The sums of four registers.
inline int32x4_t sum_four(const int32x4_t* sums) {
  return vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
}

template <typename Dot, typename Format, int kTokens>
void q8x32_four_rows(const LinearTask& task, std::int64_t row, std::int64_t token) {
  using Block = typename Format::Block;
  const RowGroup<Block, 4> group(task, row);
  const SequentialPrefetch prefetch(task, row, 4);
  const ActivationQ8x32* activations[kTokens];
  float32x4_t sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x32>(task, token + t);
    sums[t] = vdupq_n_f32(0.0f);
  }
  for (std::int64_t b = 0; b < task.columns / 32; ++b) {
    prefetch.lines<sizeof(Block), 4>(b * static_cast<std::int64_t>(sizeof(Block)));
    Codes32 codes[4];
    for (int r = 0; r < 4; ++r) codes[r] = Format::codes(group.rows[r][b]);
    const float32x4_t scales = Format::scales(group.rows, b);
    for (int t = 0; t < kTokens; ++t) {
      const ActivationQ8x32& block = activations[t][b];
      const Codes32 values{vld1q_s8(block.values), vld1q_s8(block.values + 16)};
      int32x4_t parts[4];
      for (int r = 0; r < 4; ++r) {
        parts[r] = Dot::template thirty_two<Format::kLargestCode>(codes[r], values);
      }
      int32x4_t products = sum_four(parts);
      if constexpr (Format::kOffset != 0) {
        products = vsubq_s32(products, vdupq_n_s32(Format::kOffset * block.sum));
      }
      sums[t] = vfmaq_f32(sums[t], vmulq_n_f32(scales, block.scale), vcvtq_f32_s32(products));
      if constexpr (Format::kHasMinimum) {
        const float32x4_t minimums = vmulq_n_f32(Format::minimums(group.rows, b), block.scale);
        sums[t] = vfmaq_n_f32(sums[t], minimums, static_cast<float>(block.sum));
      }
    }
  }
  for (int t = 0; t < kTokens; ++t) store_rows(task, token + t, row, sums[t]);
}

template <typename Dot, typename Format>
void q8x32_rows(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += 4) {
    std::int64_t token = 0;
    for (; token + 4 <= task.tokens; token += 4) q8x32_four_rows<Dot, Format, 4>(task, row, token);
    for (; token + 2 <= task.tokens; token += 2) q8x32_four_rows<Dot, Format, 2>(task, row, token);
    if (token < task.tokens) q8x32_four_rows<Dot, Format, 1>(task, row, token);
  }
}

}  // namespace
}  // namespace bantam::kernels
