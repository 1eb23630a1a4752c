// The product of a panel with a few tokens: four rows at a time go over a few blocks, which the
// first four bring into the cache.
#pragma once

#include "kernels/cpu/dotprod/quad_words.h"
#include "kernels/cpu/vector/panel_blocks.h"
#include "kernels/cpu/vector/row_groups.h"

namespace bantam::kernels {
namespace {

// What a block of four rows adds to the outputs of kTokens tokens.
template <typename Panel, int kTokens>
[[gnu::always_inline]] inline void add_block(const std::byte* words, const std::byte* rests,
                                             const ActivationQ8x32* const* activations,
                                             std::int64_t b, float32x4_t* sums) {
  int8x16_t codes[8];
  Panel::codes(words, codes);
  const float32x4_t scales = Panel::scales(words, rests);
  for (int t = 0; t < kTokens; ++t) {
    const ActivationQ8x32& block = activations[t][b];
    int32x4_t products = vdupq_n_s32(-Panel::kOffset * block.sum);
    products = add_sixteen(products, codes, vld1q_s8(block.values));
    products = add_sixteen(products, codes + 4, vld1q_s8(block.values + 16));
    sums[t] = vfmaq_f32(sums[t], vmulq_n_f32(scales, block.scale), vcvtq_f32_s32(products));
    if constexpr (Panel::kHasMinimum) {
      const float32x4_t minimums = vmulq_n_f32(Panel::minimums(words), block.scale);
      sums[t] = vfmaq_n_f32(sums[t], minimums, static_cast<float>(block.sum));
    }
  }
}

// The bytes of four words as 32-bit integers: out[i * stride] = byte i of each.
inline void widen_words(int8x16_t bytes, int stride, int32x4_t* out) {
  const int32x4_t words = vreinterpretq_s32_s8(bytes);
  out[0] = vshrq_n_s32(vshlq_n_s32(words, 24), 24);
  out[stride] = vshrq_n_s32(vshlq_n_s32(words, 16), 24);
  out[2 * stride] = vshrq_n_s32(vshlq_n_s32(words, 8), 24);
  out[3 * stride] = vshrq_n_s32(words, 24);
}

// The scales of all groups, in order.
template <typename Panel>
struct WideGroupScales {
  int32x4_t groups[256 / Panel::kGroup];
  explicit WideGroupScales(const typename Panel::Groups& bytes) {
    for (int i = 0; i < 64 / Panel::kGroup; ++i) {
      widen_words(bytes.scales[i], Panel::kAlternates ? 2 : 1,
                  groups + (Panel::kAlternates ? i : 4 * i));
    }
  }
};

// The sums of an activation's groups as 128 * high + low, so that bytes multiply them.
struct SplitSums {
  int8x16_t low, high;
};
template <int kGroup>
inline SplitSums split_sums(const ActivationQ8x256& activation) {
  int16x8_t first = vld1q_s16(activation.sums);
  int16x8_t second = vld1q_s16(activation.sums + 8);
  if constexpr (kGroup == 32) first = second = vpaddq_s16(first, second);
  const int16x8_t mask = vdupq_n_s16(127);
  return {vmovn_high_s16(vmovn_s16(vandq_s16(first, mask)), vandq_s16(second, mask)),
          vshrn_high_n_s16(vshrn_n_s16(first, 7), second, 7)};
}

// Group bytes times the activation's sums of the same groups.
template <int kGroup>
inline int32x4_t times_sums(const int8x16_t* groups, const SplitSums& sums) {
  const auto four = [&](int32x4_t low, int8x16_t parts) {
    low = vdotq_laneq_s32(low, groups[0], parts, 0);
    low = vdotq_laneq_s32(low, groups[1], parts, 1);
    if constexpr (kGroup == 16) {
      low = vdotq_laneq_s32(low, groups[2], parts, 2);
      low = vdotq_laneq_s32(low, groups[3], parts, 3);
    }
    return low;
  };
  const int32x4_t high = four(vdupq_n_s32(0), sums.high);
  return four(vshlq_n_s32(high, 7), sums.low);
}

// One part of a step and, by recursion, those after it.
template <typename Panel, int kTokens, int part = 0>
[[gnu::always_inline]] inline void add_parts(const std::byte* words, int step,
                                             const int32x4_t* scales,
                                             const ActivationQ8x256* const* activations,
                                             std::int64_t b, int32x4_t* sums) {
  if constexpr (part < Panel::kParts) {
    const int p = step * Panel::kParts + Panel::kColumns[part];
    int8x16_t codes[8];
    Panel::template codes<part>(words, step, codes);
    for (int t = 0; t < kTokens; ++t) {
      const std::int8_t* values = activations[t][b].values + 32 * p;
      const int32x4_t zero = vdupq_n_s32(0);
      if constexpr (Panel::kGroup == 32) {
        const int32x4_t first = add_sixteen(zero, codes, vld1q_s8(values));
        const int32x4_t products = add_sixteen(first, codes + 4, vld1q_s8(values + 16));
        sums[t] = vmlaq_s32(sums[t], products, scales[p]);
      } else {
        const int32x4_t first = add_sixteen(zero, codes, vld1q_s8(values));
        const int32x4_t second = add_sixteen(zero, codes + 4, vld1q_s8(values + 16));
        sums[t] = vmlaq_s32(sums[t], first, scales[2 * p]);
        sums[t] = vmlaq_s32(sums[t], second, scales[2 * p + 1]);
      }
    }
    asm volatile("" ::: "memory");  // or gcc reads all parts first, and has no registers for them
    add_parts<Panel, kTokens, part + 1>(words, step, scales, activations, b, sums);
  }
}

template <typename Panel, int kTokens>
[[gnu::always_inline]] inline void add_block(const std::byte* words, const std::byte* rests,
                                             const ActivationQ8x256* const* activations,
                                             std::int64_t b, float32x4_t* sums) {
  const typename Panel::Groups groups(words);
  const WideGroupScales<Panel> group_scales(groups);
  int32x4_t products[kTokens];
  for (int t = 0; t < kTokens; ++t) products[t] = vdupq_n_s32(0);
#pragma GCC unroll 1
  for (int step = 0; step < Panel::kSteps; ++step) {
    add_parts<Panel, kTokens>(words, step, group_scales.groups, activations, b, products);
  }
  const float32x4_t scales = Panel::scales(words, rests);
  for (int t = 0; t < kTokens; ++t) {
    const ActivationQ8x256& block = activations[t][b];
    const SplitSums group_sums = split_sums<Panel::kGroup>(block);
    if constexpr (Panel::kOffset != 0) {
      const int32x4_t lifted = times_sums<Panel::kGroup>(groups.scales, group_sums);
      products[t] = vmlsq_n_s32(products[t], lifted, Panel::kOffset);
    }
    sums[t] = vfmaq_f32(sums[t], vmulq_n_f32(scales, block.scale), vcvtq_f32_s32(products[t]));
    if constexpr (Panel::kHasMinimum) {
      const float32x4_t minimum_scales = vmulq_n_f32(Panel::minimum_scales(words), block.scale);
      const int32x4_t minimums = times_sums<Panel::kGroup>(groups.minimums, group_sums);
      sums[t] = vfmsq_f32(sums[t], minimum_scales, vcvtq_f32_s32(minimums));
    }
  }
}

template <typename Panel, typename Activation, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  constexpr std::int64_t kBlocks = 256 / Panel::kBlockSize;  // that four rows take in a go
  constexpr int kQuads = static_cast<int>(kPanelRows) / kQuadRows;
  const PanelBlocks<Panel> blocks(task, row);
  const Activation* activations[kTokens];
  float32x4_t sums[kQuads][kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<Activation>(task, t);
    for (int quad = 0; quad < kQuads; ++quad) sums[quad][t] = vdupq_n_f32(0.0f);
  }
  for (std::int64_t first = 0; first < blocks.count(); first += kBlocks) {
    const std::int64_t end = first + kBlocks < blocks.count() ? first + kBlocks : blocks.count();
#pragma GCC unroll 1
    for (int quad = 0; quad < kQuads; ++quad) {
      float32x4_t mine[kTokens];
      for (int t = 0; t < kTokens; ++t) mine[t] = sums[quad][t];
      for (std::int64_t b = first; b < end; ++b) {
        const std::byte* words = blocks.words(b);
        for (int i = 0; i < Panel::kWords; i += kQuads) {  // each four rows ask for their share
          __builtin_prefetch(words + (i + quad) * 64 + kPanelAheadBytes);
        }
        add_block<Panel, kTokens>(words + quad * 16,
                                  blocks.rests(b) + quad * kQuadRows * Panel::kRestBytes,
                                  activations, b, mine);
      }
      for (int t = 0; t < kTokens; ++t) sums[quad][t] = mine[t];
    }
  }
  for (int quad = 0; quad < kQuads; ++quad) {
    for (int t = 0; t < kTokens; ++t) store_rows(task, t, row + quad * kQuadRows, sums[quad][t]);
  }
}

template <typename Panel, typename Activation>
void panels_linear(const LinearTask& task) {
  for_each_panel(task, [](const LinearTask& part, std::int64_t row, auto tokens) {
    panel_with_tokens<Panel, Activation, tokens.kValue>(part, row);
  });
}

}  // namespace
}  // namespace bantam::kernels
