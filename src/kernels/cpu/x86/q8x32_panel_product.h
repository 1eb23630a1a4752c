// Panels of formats with blocks of 32: with a few tokens, codes are multiplied in the registers
// into which they are read; for more a tile is unpacked first. Include a level's words.h, dot
// product of words, outputs.h and int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x32_panels.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// Adds block b of one slice of a panel to the sums of all tokens.
template <typename Panel, int kTokens>
[[gnu::always_inline]] inline void add_block(const std::byte* words, const std::byte* rests,
                                             const ActivationQ8x32* const* activations,
                                             std::int64_t b, RowFloats* sums) {
  Words codes[8];
  Panel::codes(words, codes);
  const RowFloats scales = Panel::scales(words, rests);
  for (int t = 0; t < kTokens; ++t) {
    const ActivationQ8x32& block = activations[t][b];
    Words integers = zero_words();
    if constexpr (Panel::kOffset != 0) integers = splat_int(-Panel::kOffset * block.sum);
    integers = WordDot::block<Panel>(integers, codes, block.values);
    const RowFloats scale = splat_float(block.scale);
    sums[t] = fma(multiply_floats(scales, scale), to_floats(integers), sums[t]);
    if constexpr (Panel::kHasMinimum) {
      sums[t] = fma(multiply_floats(Panel::minimums(words), scale),
                    splat_float(static_cast<float>(block.sum)), sums[t]);
    }
  }
}

// Whether to ask for memory ahead of the processor's own reading ahead: not where reading takes longer
// than the products, then asking only slows it down.
template <typename Panel, int kTokens>
constexpr bool kAsksAhead = kTokens > 2 && Panel::kWords < 8;

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x32* activations[kTokens];
  RowFloats sums[kPanelSlices][kTokens];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x32>(task, t);
    for (int s = 0; s < kPanelSlices; ++s) sums[s][t] = zero_floats();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    const std::byte* rests = blocks.rests(b);
    if constexpr (kAsksAhead<Panel, kTokens>) prefetch_words(words, 0, Panel::kWords);
    for (int s = 0; s < kPanelSlices; ++s) {
      add_block<Panel, kTokens>(slice_of_words(words, s), slice_of_rests<Panel>(rests, s),
                                activations, b, sums[s]);
    }
  }
  const TileOutputs outputs{task.out + row, task.out_stride, task.row_end - row, true};
  for (int s = 0; s < kPanelSlices; ++s) {
    for (int t = 0; t < kTokens; ++t)
      store_sums(slice_of_outputs<kWordRows>(outputs, s), t, sums[s][t]);
  }
}

template <typename Panel>
void pack_panel(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                Q8x32Tile<kPanelRows>& tile) {
  const PanelBlocks<Panel> blocks(task, row);
  for (std::int64_t b = 0; b < count; ++b) {
    for (int s = 0; s < kPanelSlices; ++s) {
      const std::byte* words = slice_of_words(blocks.words(first + b), s);
      const std::byte* rests = slice_of_rests<Panel>(blocks.rests(first + b), s);
      const std::int64_t r = s * kWordRows;
      Words codes[8];
      Panel::codes(words, codes);
      for (int c = 0; c < 8; ++c) store_words(tile.codes[b][c][r], codes[c]);
      store_floats(tile.scales[b] + r, Panel::scales(words, rests));
      if constexpr (Panel::kHasMinimum) store_floats(tile.minimums[b] + r, Panel::minimums(words));
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
