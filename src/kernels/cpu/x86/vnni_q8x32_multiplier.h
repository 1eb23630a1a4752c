// Tiles of formats with blocks of 32, with VNNI: 16 rows by some tokens, one instruction for four
// products a lane. Include a level's word_dot.h and outputs.h first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of tiles.h needs besides pack(). Codes of the tile are unsigned: `offset` above the
// format's.
template <int offset, bool has_minimum>
struct Q8x32Multiplier {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kRows = kPanelRows;
  static constexpr std::int64_t kTileBlocks = kQ8x32TileBlocks;
  static constexpr std::int64_t kTokens = kQ8x32TileTokens;
  using Tile = Q8x32Tile<kPanelRows>;
  using Activation = ActivationQ8x32;

  template <int tokens>
  [[gnu::always_inline]] static inline void products(const Tile& tile, std::int64_t b,
                                                     const Activation* const* activations,
                                                     Words (&integers)[tokens][kPanelSlices]) {
    for (int t = 0; t < tokens; ++t) {
      const Words start = offset == 0 ? zero_words() : splat_int(-offset * activations[t][b].sum);
      for (int s = 0; s < kPanelSlices; ++s) integers[t][s] = start;
    }
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) {
      Words codes[kPanelSlices];
      for (int s = 0; s < kPanelSlices; ++s) codes[s] = load_words(tile.codes[b][c][s * kWordRows]);
      for (int t = 0; t < tokens; ++t) {
        const Words word = splat_word(activations[t][b].values + 4 * c);
        for (int s = 0; s < kPanelSlices; ++s) {
          integers[t][s] = dot_bytes(integers[t][s], codes[s], word);
        }
      }
    }
  }

  // Adds block b to the sums of slice s of a token.
  static RowFloats add_block(const Tile& tile, std::int64_t b, int s, const Activation& block,
                             Words integers, RowFloats sums) {
    const RowFloats scale = splat_float(block.scale);
    const std::int64_t r = s * kWordRows;
    sums = fma(multiply_floats(load_floats(tile.scales[b] + r), scale), to_floats(integers), sums);
    if constexpr (has_minimum) {
      sums = fma(multiply_floats(load_floats(tile.minimums[b] + r), scale),
                 splat_float(static_cast<float>(block.sum)), sums);
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    RowFloats sums[tokens][kPanelSlices];
    load_tile_sums<tokens>(outputs, sums);
    for (std::int64_t b = 0; b < count; ++b) {
      Words integers[tokens][kPanelSlices];
      products<tokens>(tile, b, activations, integers);
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < kPanelSlices; ++s) {
          sums[t][s] = add_block(tile, b, s, activations[t][b], integers[t][s], sums[t][s]);
        }
      }
    }
    store_tile_sums<tokens>(outputs, sums);
  }
};

}  // namespace
}  // namespace bantam::kernels
