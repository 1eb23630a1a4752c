// Panels of formats with blocks of 256: with a few tokens, codes are multiplied in the registers
// into which they are read; for more a tile is unpacked first. Include a level's words.h, dot
// product of words, outputs.h and int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x256_panels.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

// What a block of some slices adds up to with kTokens tokens, in integers.
template <int kTokens, int kSlices>
struct BlockSums {
  Words products[kTokens][kSlices];  // group scale times product
  Words minimums[kTokens][kSlices];  // group minimum, or group scale, times activation sum
  BlockSums() {
    for (int t = 0; t < kTokens; ++t) {
      for (int s = 0; s < kSlices; ++s) products[t][s] = minimums[t][s] = zero_words();
    }
  }
};

// One part of a step.
template <typename Panel, int kTokens, int kSlices, int part>
[[gnu::always_inline]] inline void add_part(const std::byte* words, int step,
                                            const typename Panel::GroupScales* groups,
                                            const ActivationQ8x256* const* activations,
                                            BlockSums<kTokens, kSlices>& sums) {
  const int p = step * Panel::kParts + Panel::kColumns[part];
  Words codes[kSlices][8], first[kSlices], second[kSlices], minimums[kSlices];
  for (int s = 0; s < kSlices; ++s) {
    Panel::template codes<part>(slice_of_words(words, s), step, codes[s]);
    const Words pair = groups[s].pair(p);
    first[s] = Panel::kGroup == 32 ? WordDot::scale_of_32(pair) : WordDot::first_scale(pair);
    second[s] = WordDot::second_scale(pair);
    minimums[s] = pair;
    if constexpr (Panel::kHasMinimum) minimums[s] = groups[s].minimum_pair(p);
  }
  const std::int8_t* values[kTokens];
  for (int t = 0; t < kTokens; ++t) values[t] = activations[t]->values + 32 * p;
  if constexpr (Panel::kGroup == 32) {
    WordDot::add_scaled<Panel, 0, 8>(sums.products, codes, values, first);
  } else {
    WordDot::add_scaled<Panel, 0, 4>(sums.products, codes, values, first);
    WordDot::add_scaled<Panel, 4, 4>(sums.products, codes, values, second);
  }
  if constexpr (Panel::kHasMinimum || Panel::kOffset != 0) {
    for (int t = 0; t < kTokens; ++t) {
      const Words word = splat_word(activations[t]->sums + 2 * p);
      for (int s = 0; s < kSlices; ++s) {
        sums.minimums[t][s] = WordDot::add_pairs(sums.minimums[t][s], minimums[s], word);
      }
    }
  }
}

// All slices of a part and, by recursion, the parts after it.
template <typename Panel, int kTokens, int kSlices, int part = 0>
[[gnu::always_inline]] inline void add_parts(const std::byte* words, int step,
                                             const typename Panel::GroupScales* groups,
                                             const ActivationQ8x256* const* activations,
                                             BlockSums<kTokens, kSlices>* sums) {
  if constexpr (part < Panel::kParts) {
    for (int s = 0; s < kPanelSlices; s += kSlices) {
      asm volatile("" ::: "memory");  // or gcc reads all parts first, and has no registers for them
      add_part<Panel, kTokens, kSlices, part>(slice_of_words(words, s), step, groups + s,
                                              activations, sums[s / kSlices]);
    }
    add_parts<Panel, kTokens, kSlices, part + 1>(words, step, groups, activations, sums);
  }
}

// Adds the integer sums of a block of one slice to those of a token.
template <typename Panel>
[[gnu::always_inline]] inline RowFloats add_block(const std::byte* words, const std::byte* rests,
                                                  float activation_scale, Words products,
                                                  Words minimums, RowFloats sum) {
  if constexpr (Panel::kOffset != 0) {
    products = subtract_32(products, multiply_32(minimums, splat_int(Panel::kOffset)));
  }
  const RowFloats scale = splat_float(activation_scale);
  sum = fma(multiply_floats(Panel::scales(words, rests), scale), to_floats(products), sum);
  if constexpr (Panel::kHasMinimum) {
    const RowFloats minimum_scales = multiply_floats(Panel::minimum_scales(words), scale);
    sum = negated_fma(minimum_scales, to_floats(minimums), sum);
  }
  return sum;
}

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  constexpr int kSlices = WordDot::kSlicesTogether<Panel, kTokens> ? kPanelSlices : 1;
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x256* activations[kTokens];
  RowFloats sums[kTokens][kPanelSlices];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x256>(task, t);
    for (int s = 0; s < kPanelSlices; ++s) sums[t][s] = zero_floats();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    const std::byte* rests = blocks.rests(b);
    typename Panel::GroupScales groups[kPanelSlices];
    for (int s = 0; s < kPanelSlices; ++s) groups[s].read(slice_of_words(words, s));
    BlockSums<kTokens, kSlices> block[kPanelSlices / kSlices];
#pragma GCC unroll 1
    for (int step = 0; step < Panel::kSteps; ++step) {
      add_parts<Panel, kTokens, kSlices>(words, step, groups, activations, block);
    }
    for (int s = 0; s < kPanelSlices; ++s) {
      const BlockSums<kTokens, kSlices>& of_slice = block[s / kSlices];
      for (int t = 0; t < kTokens; ++t) {
        sums[t][s] = add_block<Panel>(slice_of_words(words, s), slice_of_rests<Panel>(rests, s),
                                      activations[t]->scale, of_slice.products[t][s % kSlices],
                                      of_slice.minimums[t][s % kSlices], sums[t][s]);
      }
    }
    for (int t = 0; t < kTokens; ++t) ++activations[t];
  }
  store_tile_sums<kTokens>({task.out + row, task.out_stride, task.row_end - row, true}, sums);
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
