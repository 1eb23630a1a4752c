// Tiles of formats with blocks of 256, with VNNI: 16 rows by some tokens. A group's products are
// added by VNNI, then multiplied with the group scale in 32 bits. Include a level's word_dot.h and
// outputs.h first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x256_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of tiles.h needs besides pack(). Codes of the tile are unsigned: `offset` above the
// format's, whose group minimums then are offset times group scale.
template <int group_size, int offset, bool has_minimum>
struct Q8x256Multiplier {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kRows = kPanelRows;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  static constexpr std::int64_t kTokens = kQ8x256TileTokens;
  using Tile = Q8x256Tile<kPanelRows>;
  using Activation = ActivationQ8x256;

  static constexpr int kGroupWords = group_size / 4;

  static Words group_scale(const Tile& tile, std::int64_t b, int group, int s) {
    const int sixteen = group * group_size / 16;
    const Words pair = load_words(tile.group_scales[b][sixteen / 2][s * kWordRows]);
    return sixteen % 2 == 0 ? WordDot::first_scale(pair) : WordDot::second_scale(pair);
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void add_group(const Tile& tile, std::int64_t b, int group,
                                                      const Activation* const* activations,
                                                      Words (&sums)[tokens][kPanelSlices]) {
    Words products[tokens][kPanelSlices];
    for (int t = 0; t < tokens; ++t) {
      for (int s = 0; s < kPanelSlices; ++s) products[t][s] = zero_words();
    }
#pragma GCC unroll 8
    for (int i = 0; i < kGroupWords; ++i) {
      const int c = group * kGroupWords + i;
      Words codes[kPanelSlices];
      for (int s = 0; s < kPanelSlices; ++s) codes[s] = load_words(tile.codes[b][c][s * kWordRows]);
      for (int t = 0; t < tokens; ++t) {
        const Words word = splat_word(activations[t][b].values + 4 * c);
        for (int s = 0; s < kPanelSlices; ++s) {
          products[t][s] = dot_bytes(products[t][s], codes[s], word);
        }
      }
    }
    for (int s = 0; s < kPanelSlices; ++s) {
      const Words scale = group_scale(tile, b, group, s);
      for (int t = 0; t < tokens; ++t) {
        sums[t][s] = add_32(sums[t][s], multiply_32(products[t][s], scale));
      }
    }
  }

  // Group minimums (or offsets times group scales) times activation sums.
  static Words minimum_sums(const Tile& tile, std::int64_t b, int s, const Activation& activation) {
    Words sums = zero_words();
    for (int p = 0; p < 8; ++p) {
      const Words minimums = load_words(tile.group_minimums[b][p][s * kWordRows]);
      sums = dot_pairs(sums, minimums, splat_word(activation.sums + 2 * p));
    }
    return sums;
  }

  // Adds block b to the sums of slice s of a token.
  static RowFloats add_block(const Tile& tile, std::int64_t b, int s, const Activation& block,
                             Words integers, RowFloats sums) {
    const RowFloats scale = splat_float(block.scale);
    const std::int64_t r = s * kWordRows;
    if constexpr (offset != 0) integers = subtract_32(integers, minimum_sums(tile, b, s, block));
    sums = fma(multiply_floats(load_floats(tile.scales[b] + r), scale), to_floats(integers), sums);
    if constexpr (has_minimum) {
      const RowFloats scales = multiply_floats(load_floats(tile.minimum_scales[b] + r), scale);
      sums = negated_fma(scales, to_floats(minimum_sums(tile, b, s, block)), sums);
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
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < kPanelSlices; ++s) integers[t][s] = zero_words();
      }
      for (int group = 0; group < 256 / group_size; ++group) {
        add_group<tokens>(tile, b, group, activations, integers);
      }
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
