// Formats with blocks of 256, row by row: four rows at a time, codes unpacked once for up to four
// tokens. `Dot` is a level's way to multiply 8-bit integers (int8_dot.h).
#pragma once

#include "kernels/cpu/neon/q8x256_formats.h"
#include "kernels/cpu/neon/q8x32_rows.h"

namespace bantam::kernels {
namespace {

// Group scales as lanes of 32 bits.
template <int kGroup>
struct WideScales {
  int32x4_t fours[64 / kGroup];
  explicit WideScales(const GroupScales& scales) {
    fours[0] = vmovl_s16(vget_low_s16(scales.low));
    fours[1] = vmovl_high_s16(scales.low);
    if constexpr (kGroup == 16) {
      fours[2] = vmovl_s16(vget_low_s16(scales.high));
      fours[3] = vmovl_high_s16(scales.high);
    }
  }
};

// Adds the products of group g and, by recursion, of those after it.
template <typename Dot, typename Format, int g = 0>
[[gnu::always_inline]] inline int32x4_t add_groups(const int8x16_t* codes,
                                                   const WideScales<Format::kGroup>& scales,
                                                   const std::int8_t* values, int32x4_t sums) {
  if constexpr (g * Format::kGroup == 256) {
    return sums;
  } else {
    int32x4_t products;
    if constexpr (Format::kGroup == 16) {
      products = Dot::template sixteen<Format::kLargestCode>(codes[g], vld1q_s8(values + 16 * g));
    } else {
      products = Dot::template thirty_two<Format::kLargestCode>(
          {codes[2 * g], codes[2 * g + 1]},
          {vld1q_s8(values + 32 * g), vld1q_s8(values + 32 * g + 16)});
    }
    sums = vmlaq_laneq_s32(sums, products, scales.fours[g / 4], g % 4);
    return add_groups<Dot, Format, g + 1>(codes, scales, values, sums);
  }
}

// Four sums of groups' 16-bit integers times the activation's sums of the same groups.
template <int kGroup>
inline int32x4_t times_sums(const GroupScales& scales, const ActivationQ8x256& activation) {
  int16x8_t low = vld1q_s16(activation.sums);
  int16x8_t high = vld1q_s16(activation.sums + 8);
  if constexpr (kGroup == 32) low = vpaddq_s16(low, high);
  const int32x4_t sums = vmull_s16(vget_low_s16(scales.low), vget_low_s16(low));
  const int32x4_t eight = vmlal_high_s16(sums, scales.low, low);
  if constexpr (kGroup == 32) return eight;
  const int32x4_t more = vmlal_s16(eight, vget_low_s16(scales.high), vget_low_s16(high));
  return vmlal_high_s16(more, scales.high, high);
}

// One block of one row with kTokens activations: four partial sums of group scale times product,
// and of group minimum times activation sum.
template <typename Dot, typename Format, int kTokens>
[[gnu::always_inline]] inline void q8x256_block(const typename Format::Block& block,
                                                const ActivationQ8x256* const* activations,
                                                int32x4_t* products, int32x4_t* minimums) {
  int8x16_t codes[16];
  Format::codes(block, codes);
  const GroupScales scales = Format::scales(block);
  const WideScales<Format::kGroup> wide(scales);
  for (int t = 0; t < kTokens; ++t) {
    const ActivationQ8x256& activation = *activations[t];
    products[t] = add_groups<Dot, Format>(codes, wide, activation.values, vdupq_n_s32(0));
    if constexpr (Format::kHasMinimum) {
      minimums[t] = times_sums<Format::kGroup>(Format::minimums(block), activation);
    } else if constexpr (Format::kOffset != 0) {
      const int32x4_t sums = times_sums<Format::kGroup>(scales, activation);
      products[t] = vmlsq_n_s32(products[t], sums, Format::kOffset);
    }
  }
}

template <typename Dot, typename Format, int kTokens>
void q8x256_four_rows(const LinearTask& task, std::int64_t row, std::int64_t token) {
  using Block = typename Format::Block;
  const RowGroup<Block, 4> group(task, row);
  const SequentialPrefetch prefetch(task, row, 4);
  const ActivationQ8x256* activations[kTokens];
  float32x4_t sums[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x256>(task, token + t);
    sums[t] = vdupq_n_f32(0.0f);
  }
  for (std::int64_t b = 0; b < task.columns / 256; ++b) {
    prefetch.lines<sizeof(Block), 4>(b * static_cast<std::int64_t>(sizeof(Block)));
    int32x4_t products[kTokens][4];
    int32x4_t minimums[kTokens][4];
#pragma GCC unroll 1
    for (int r = 0; r < 4; ++r) {
      int32x4_t row_products[kTokens];
      int32x4_t row_minimums[kTokens];
      q8x256_block<Dot, Format, kTokens>(group.rows[r][b], activations, row_products, row_minimums);
      for (int t = 0; t < kTokens; ++t) {
        products[t][r] = row_products[t];
        if constexpr (Format::kHasMinimum) minimums[t][r] = row_minimums[t];
      }
    }
    const float32x4_t scales = four_scales(group.rows, b);
    for (int t = 0; t < kTokens; ++t) {
      const float scale = activations[t]->scale;
      sums[t] =
          vfmaq_f32(sums[t], vmulq_n_f32(scales, scale), vcvtq_f32_s32(sum_four(products[t])));
      if constexpr (Format::kHasMinimum) {
        const float32x4_t minimum_scales = vmulq_n_f32(four_minimum_scales(group.rows, b), scale);
        sums[t] = vfmsq_f32(sums[t], minimum_scales, vcvtq_f32_s32(sum_four(minimums[t])));
      }
      ++activations[t];
    }
  }
  for (int t = 0; t < kTokens; ++t) store_rows(task, token + t, row, sums[t]);
}

template <typename Dot, typename Format>
void q8x256_rows(const LinearTask& task) {
  for (std::int64_t row = task.row_begin; row < task.row_end; row += 4) {
    std::int64_t token = 0;
    for (; token + 4 <= task.tokens; token += 4) {
      q8x256_four_rows<Dot, Format, 4>(task, row, token);
    }
    for (; token + 2 <= task.tokens; token += 2) {
      q8x256_four_rows<Dot, Format, 2>(task, row, token);
    }
    if (token < task.tokens) q8x256_four_rows<Dot, Format, 1>(task, row, token);
  }
}

}  // namespace
}  // namespace bantam::kernels
