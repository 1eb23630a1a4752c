// Panels of formats with blocks of 256: with a few tokens, codes are multiplied in the registers
// into which they are read; for more a tile is unpacked first. Include a level's words.h, dot
// product of words, outputs.h and int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x256_panels.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

// What a block adds up to with kTokens tokens, in integers.
template <int kTokens>
struct BlockSums {
  Words products[kTokens];  // group scale times product
  Words minimums[kTokens];  // group minimum, or group scale, times activation sum
  BlockSums() {
    for (int t = 0; t < kTokens; ++t) products[t] = minimums[t] = zero_words();
  }
};

template <typename Panel, int kTokens, int count>
[[gnu::always_inline]] inline void add_scaled_products(const Words* codes, int column, Words scale,
                                                       const ActivationQ8x256* const* activations,
                                                       BlockSums<kTokens>& sums) {
  for (int t = 0; t < kTokens; ++t) {
    sums.products[t] = WordDot::add_scaled<Panel, count>(sums.products[t], codes,
                                                         activations[t]->values + column, scale);
  }
}

// One part of a step.
template <typename Panel, int kTokens, int part>
[[gnu::always_inline]] inline void add_part(const std::byte* words, int step,
                                            const typename Panel::GroupScales& groups,
                                            const ActivationQ8x256* const* activations,
                                            BlockSums<kTokens>& sums) {
  const int p = step * Panel::kParts + Panel::kColumns[part];
  Words codes[8];
  Panel::template codes<part>(words, step, codes);
  const Words pair = groups.pair(p);
  if constexpr (Panel::kGroup == 32) {
    add_scaled_products<Panel, kTokens, 8>(codes, 32 * p, WordDot::scale_of_32(pair), activations,
                                           sums);
  } else {
    add_scaled_products<Panel, kTokens, 4>(codes, 32 * p, WordDot::first_scale(pair), activations,
                                           sums);
    add_scaled_products<Panel, kTokens, 4>(codes + 4, 32 * p + 16, WordDot::second_scale(pair),
                                           activations, sums);
  }
  Words minimums = pair;
  if constexpr (Panel::kHasMinimum) minimums = groups.minimum_pair(p);
  if constexpr (Panel::kHasMinimum || Panel::kOffset != 0) {
    for (int t = 0; t < kTokens; ++t) {
      const Words word = splat_word(activations[t]->sums + 2 * p);
      sums.minimums[t] = WordDot::add_pairs(sums.minimums[t], minimums, word);
    }
  }
}

// All slices of a part and, by recursion, the parts after it.
template <typename Panel, int kTokens, int part = 0>
[[gnu::always_inline]] inline void add_parts(const std::byte* words, int step,
                                             const typename Panel::GroupScales* groups,
                                             const ActivationQ8x256* const* activations,
                                             BlockSums<kTokens>* sums) {
  if constexpr (part < Panel::kParts) {
    for (int s = 0; s < kPanelSlices; ++s) {
      asm volatile("" ::: "memory");  // or gcc reads all parts first, and has no registers for them
      add_part<Panel, kTokens, part>(slice_of_words(words, s), step, groups[s], activations,
                                     sums[s]);
    }
    add_parts<Panel, kTokens, part + 1>(words, step, groups, activations, sums);
  }
}

// Adds the sums of a block to the floats of one slice.
template <typename Panel, int kTokens>
[[gnu::always_inline]] inline void add_block(const std::byte* words, const std::byte* rests,
                                             const ActivationQ8x256* const* activations,
                                             const BlockSums<kTokens>& block, RowFloats* sums) {
  const RowFloats scales = Panel::scales(words, rests);
  for (int t = 0; t < kTokens; ++t) {
    Words integers = block.products[t];
    if constexpr (Panel::kOffset != 0) {
      const Words offset = splat_int(Panel::kOffset);
      integers = subtract_32(integers, multiply_32(block.minimums[t], offset));
    }
    const RowFloats scale = splat_float(activations[t]->scale);
    sums[t] = fma(multiply_floats(scales, scale), to_floats(integers), sums[t]);
    if constexpr (Panel::kHasMinimum) {
      const RowFloats minimum_scales = multiply_floats(Panel::minimum_scales(words), scale);
      sums[t] = negated_fma(minimum_scales, to_floats(block.minimums[t]), sums[t]);
    }
  }
}

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  using Groups = typename Panel::GroupScales;
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x256* activations[kTokens];
  RowFloats sums[kPanelSlices][kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x256>(task, t);
    for (int s = 0; s < kPanelSlices; ++s) sums[s][t] = zero_floats();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    Groups groups[kPanelSlices];
    BlockSums<kTokens> block[kPanelSlices];
    for (int s = 0; s < kPanelSlices; ++s) groups[s].read(slice_of_words(words, s));
#pragma GCC unroll 1
    for (int step = 0; step < Panel::kSteps; ++step) {
      add_parts<Panel, kTokens>(words, step, groups, activations, block);
    }
    for (int s = 0; s < kPanelSlices; ++s) {
      add_block<Panel, kTokens>(slice_of_words(words, s), slice_of_rests<Panel>(blocks.rests(b), s),
                                activations, block[s], sums[s]);
    }
    for (int t = 0; t < kTokens; ++t) ++activations[t];
  }
  const TileOutputs outputs{task.out + row, task.out_stride, task.row_end - row, true};
  for (int s = 0; s < kPanelSlices; ++s) {
    for (int t = 0; t < kTokens; ++t)
      store_sums(slice_of_outputs<kWordRows>(outputs, s), t, sums[s][t]);
  }
}

// One part of a step of a slice, from row r of the tile on, and, by recursion, those after it.
template <typename Panel, int part = 0>
void pack_parts(const std::byte* words, int step, const typename Panel::GroupScales& groups,
                std::int64_t b, std::int64_t r, Q8x256Tile<kPanelRows>& tile) {
  if constexpr (part < Panel::kParts) {
    const int p = step * Panel::kParts + Panel::kColumns[part];
    Words codes[8];
    Panel::template codes<part>(words, step, codes);
    for (int c = 0; c < 8; ++c) store_words(tile.codes[b][8 * p + c][r], codes[c]);
    const Words pair = groups.pair(p);
    store_words(tile.group_scales[b][p][r], pair);
    Words minimums = multiply_16(pair, Panel::kOffset);
    if constexpr (Panel::kHasMinimum) minimums = groups.minimum_pair(p);
    store_words(tile.group_minimums[b][p][r], minimums);
    pack_parts<Panel, part + 1>(words, step, groups, b, r, tile);
  }
}

template <typename Panel>
void pack_panel(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                Q8x256Tile<kPanelRows>& tile) {
  const PanelBlocks<Panel> blocks(task, row);
  for (std::int64_t b = 0; b < count; ++b) {
    for (int s = 0; s < kPanelSlices; ++s) {
      const std::byte* words = slice_of_words(blocks.words(first + b), s);
      const std::byte* rests = slice_of_rests<Panel>(blocks.rests(first + b), s);
      const std::int64_t r = s * kWordRows;
      typename Panel::GroupScales groups;
      groups.read(words);
      for (int step = 0; step < Panel::kSteps; ++step) {
        pack_parts<Panel>(words, step, groups, b, r, tile);
      }
      store_floats(tile.scales[b] + r, Panel::scales(words, rests));
      if constexpr (Panel::kHasMinimum) {
        store_floats(tile.minimum_scales[b] + r, Panel::minimum_scales(words));
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
