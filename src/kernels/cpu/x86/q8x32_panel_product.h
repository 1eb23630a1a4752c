// Panels of formats with blocks of 32: with a few tokens, codes are multiplied in the registers
// into which they are read; for more a tile is unpacked first. Include a level's words.h, dot
// product of words, outputs.h and int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x32_panels.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// Adds block b of some slices of a panel, from `slice` on, to the sums of all tokens.
template <typename Panel, int kTokens, int kSlices>
[[gnu::always_inline]] inline void add_block(const std::byte* words, const std::byte* rests,
                                             const ActivationQ8x32* const* activations,
                                             std::int64_t b, int slice,
                                             RowFloats (&sums)[kTokens][kPanelSlices]) {
  Words codes[kSlices][8];
  for (int s = 0; s < kSlices; ++s) Panel::codes(slice_of_words(words, slice + s), codes[s]);
  Words integers[kTokens][kSlices];
  const std::int8_t* values[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    const ActivationQ8x32& block = activations[t][b];
    values[t] = block.values;
    for (int s = 0; s < kSlices; ++s) {
      integers[t][s] = Panel::kOffset == 0 ? zero_words() : splat_int(-Panel::kOffset * block.sum);
    }
  }
  WordDot::block<Panel, kTokens, kSlices>(integers, codes, values);
  for (int s = 0; s < kSlices; ++s) {
    const std::byte* slice_words = slice_of_words(words, slice + s);
    const RowFloats scales = Panel::scales(slice_words, slice_of_rests<Panel>(rests, slice + s));
    for (int t = 0; t < kTokens; ++t) {
      const ActivationQ8x32& block = activations[t][b];
      const RowFloats scale = splat_float(block.scale);
      RowFloats& sum = sums[t][slice + s];
      sum = fma(multiply_floats(scales, scale), to_floats(integers[t][s]), sum);
      if constexpr (Panel::kHasMinimum) {
        sum = fma(multiply_floats(Panel::minimums(slice_words), scale),
                  splat_float(static_cast<float>(block.sum)), sum);
      }
    }
  }
}

// Whether to ask for memory ahead of the processor's own reading ahead: not where reading takes
// longer than the products, then asking only slows it down.
template <typename Panel, int kTokens>
constexpr bool kAsksAhead = kTokens > 2 && Panel::kWords < 8;

template <typename Panel, int kTokens>
void panel_with_tokens(const LinearTask& task, std::int64_t row) {
  const PanelBlocks<Panel> blocks(task, row);
  const ActivationQ8x32* activations[kTokens];
  RowFloats sums[kTokens][kPanelSlices];
  for (int t = 0; t < kTokens; ++t) {
    activations[t] = token_blocks<ActivationQ8x32>(task, t);
    for (int s = 0; s < kPanelSlices; ++s) sums[t][s] = zero_floats();
  }
  for (std::int64_t b = 0; b < blocks.count(); ++b) {
    const std::byte* words = blocks.words(b);
    if constexpr (kAsksAhead<Panel, kTokens>) prefetch_words(words, 0, Panel::kWords);
    constexpr int kSlices = WordDot::kSlicesTogether<Panel, kTokens> ? kPanelSlices : 1;
    for (int slice = 0; slice < kPanelSlices; slice += kSlices) {
      add_block<Panel, kTokens, kSlices>(words, blocks.rests(b), activations, b, slice, sums);
    }
  }
  store_tile_sums<kTokens>({task.out + row, task.out_stride, task.row_end - row, true}, sums);
}

// Puts codes that are `offset` above the format's, of block b and the rows from r on, into a tile.
template <int offset>
void put_codes(Q8x32Tile<kPanelRows>& tile, std::int64_t b, std::int64_t r, const Words* codes) {
  for (int c = 0; c < 8; ++c) store_words(tile.codes[b][c][r], codes[c]);
}

template <typename Panel, typename Tile>
void pack_panel(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                Tile& tile) {
  const PanelBlocks<Panel> blocks(task, row);
  for (std::int64_t b = 0; b < count; ++b) {
    for (int s = 0; s < kPanelSlices; ++s) {
      const std::byte* words = slice_of_words(blocks.words(first + b), s);
      const std::byte* rests = slice_of_rests<Panel>(blocks.rests(first + b), s);
      const std::int64_t r = s * kWordRows;
      Words codes[8];
      Panel::codes(words, codes);
      put_codes<Panel::kOffset>(tile, b, r, codes);
      store_floats(tile.scales[b] + r, Panel::scales(words, rests));
      if constexpr (Panel::kHasMinimum) store_floats(tile.minimums[b] + r, Panel::minimums(words));
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
