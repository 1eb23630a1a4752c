// Tiles of formats with blocks of 256, with VNNI: 16 rows by some tokens. A group's products are
// added by VNNI, then multiplied with the group scale in 32 bits. Include a level's
// word_dot.h and outputs.h first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x256_tile.h"
#include "kernels/cpu/x86/vnni_tiles.h"

namespace bantam::kernels {
namespace {

// Codes are signed, scales and minimums by group.
template <int group_size>
struct VnniQ8x256Tile {
  static constexpr int kGroups = 256 / group_size;
  alignas(64) std::int8_t codes[kQ8x256TileBlocks][64][kPanelRows][4];  // [block][column / 4][row]
  alignas(64) std::int32_t group_scales[kQ8x256TileBlocks][kGroups][kPanelRows];
  alignas(64) std::int16_t minimums[kQ8x256TileBlocks][kGroups / 2][kPanelRows][2];  // by pairs
  alignas(64) std::int32_t starts[kQ8x256TileBlocks][kPanelRows];
  alignas(64) float scales[kQ8x256TileBlocks][kPanelRows];
  alignas(64) float minimum_scales[kQ8x256TileBlocks][kPanelRows];
};

// A chunk of the activations of some tokens.
template <int group_size>
struct VnniQ8x256Activations {
  struct Block {
    std::uint8_t values[kQ8x256TileTokens][256];  // raised
    std::int16_t sums[kQ8x256TileTokens][256 / group_size];
    float scales[kQ8x256TileTokens];
  };
  alignas(64) Block blocks[kQ8x256TileBlocks];
};

// What a kernel of vnni_tiles.h needs besides pack().
template <int group_size, bool has_minimum>
struct Q8x256Multiplier {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kTileBlocks = kQ8x256TileBlocks;
  static constexpr int kTokens = kQ8x256TileTokens;
  using Activation = ActivationQ8x256;
  using Tile = VnniQ8x256Tile<group_size>;
  using Activations = VnniQ8x256Activations<group_size>;
  using Block = typename Activations::Block;

  static constexpr int kGroupWords = group_size / 4;
  static constexpr int kGroups = Tile::kGroups;

  // Slice s of the scale of a group, and of the minimums of groups 2 * pair and 2 * pair + 1.
  static Words group_scale(const Q8x256Tile<kPanelRows>& tile, std::int64_t b, int group, int s) {
    const int sixteen = group * group_size / 16;
    const Words pair = load_words(tile.group_scales[b][sixteen / 2][s * kWordRows]);
    return sixteen % 2 == 0 ? WordDot::first_scale(pair) : WordDot::second_scale(pair);
  }
  static Words minimum_pair(const Q8x256Tile<kPanelRows>& tile, std::int64_t b, int pair, int s) {
    if constexpr (group_size == 16) return load_words(tile.group_minimums[b][pair][s * kWordRows]);
    const Words first = load_words(tile.group_minimums[b][2 * pair][s * kWordRows]);
    const Words second = load_words(tile.group_minimums[b][2 * pair + 1][s * kWordRows]);
    return or_words(and_words(first, 0xffff), left_32<16>(second));
  }

  // Makes a tile of one as formats unpack it, with codes that are `offset` above the format's.
  template <int offset>
  static void finish(const Q8x256Tile<kPanelRows>& from, std::int64_t count, Tile& tile) {
    for (std::int64_t b = 0; b < count; ++b) {
      for (int s = 0; s < kPanelSlices; ++s) {
        const std::int64_t r = s * kWordRows;
        finish_groups<offset>(from, b, s, tile);
        if constexpr (has_minimum) {
          for (int pair = 0; pair < kGroups / 2; ++pair) {
            store_words(tile.minimums[b][pair][r], minimum_pair(from, b, pair, s));
          }
          store_floats(tile.minimum_scales[b] + r, load_floats(from.minimum_scales[b] + r));
        }
        store_floats(tile.scales[b] + r, load_floats(from.scales[b] + r));
      }
    }
  }

  template <int offset>
  static void finish_groups(const Q8x256Tile<kPanelRows>& from, std::int64_t b, int s, Tile& tile) {
    const std::int64_t r = s * kWordRows;
    const Words ones = splat_int(0x01010101);
    Words start = zero_words();
    for (int group = 0; group < kGroups; ++group) {
      Words sums = zero_words();
      for (int c = group * kGroupWords; c < (group + 1) * kGroupWords; ++c) {
        const Words codes =
            add_to_bytes(load_words(from.codes[b][c][r]), static_cast<char>(-offset));
        sums = dot_bytes(sums, ones, codes);
        store_words(tile.codes[b][c][r], codes);
      }
      const Words scale = group_scale(from, b, group, s);
      start = subtract_32(start, multiply_32(sums, scale));
      store_words(tile.group_scales[b][group] + r, scale);
    }
    store_words(tile.starts[b] + r, multiply_32(start, splat_int(kRaisedActivation)));
  }

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first,
                      std::int64_t count, int t, Activations& activations) {
    const ActivationQ8x256* from = token_blocks<ActivationQ8x256>(task, token) + first;
    for (std::int64_t b = 0; b < count; ++b) {
      Block& to = activations.blocks[b];
      for (int i = 0; i < 256; i += 32) raise_activations(from[b].values + i, to.values[t] + i);
      to.scales[t] = from[b].scale;
      if constexpr (has_minimum) {
        for (int group = 0; group < kGroups; ++group) {
          to.sums[t][group] = group_sum(from[b], group);
        }
      }
    }
  }
  static std::int16_t group_sum(const ActivationQ8x256& block, int group) {
    if constexpr (group_size == 16) return block.sums[group];
    return static_cast<std::int16_t>(block.sums[2 * group] + block.sums[2 * group + 1]);
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void add_group(const Tile& tile, std::int64_t b, int group,
                                                      const Block& activations,
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
        const Words word = splat_word(activations.values[t] + 4 * c);
        for (int s = 0; s < kPanelSlices; ++s) {
          products[t][s] = dot_bytes(products[t][s], word, codes[s]);
        }
      }
    }
    for (int s = 0; s < kPanelSlices; ++s) {
      const Words scale = load_words(tile.group_scales[b][group] + s * kWordRows);
      for (int t = 0; t < tokens; ++t) {
        sums[t][s] = add_32(sums[t][s], multiply_32(products[t][s], scale));
      }
    }
  }

  // Group minimums times activation sums.
  static Words minimum_sums(const Tile& tile, std::int64_t b, int s, const Block& activations,
                            int t) {
    Words sums = zero_words();
    for (int pair = 0; pair < kGroups / 2; ++pair) {
      const Words minimums = load_words(tile.minimums[b][pair][s * kWordRows]);
      sums = dot_pairs(sums, minimums, splat_word(activations.sums[t] + 2 * pair));
    }
    return sums;
  }

  // Adds block b to the sums of slice s of token t.
  static RowFloats add_block(const Tile& tile, std::int64_t b, int s, const Block& activations,
                             int t, Words integers, RowFloats sums) {
    const RowFloats scale = splat_float(activations.scales[t]);
    const std::int64_t r = s * kWordRows;
    sums = fma(multiply_floats(load_floats(tile.scales[b] + r), scale), to_floats(integers), sums);
    if constexpr (has_minimum) {
      const RowFloats scales = multiply_floats(load_floats(tile.minimum_scales[b] + r), scale);
      sums = negated_fma(scales, to_floats(minimum_sums(tile, b, s, activations, t)), sums);
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activations& activations) {
    RowFloats sums[tokens][kPanelSlices];
    load_tile_sums<tokens>(outputs, sums);
    for (std::int64_t b = 0; b < count; ++b) {
      const Block& block = activations.blocks[b];
      Words integers[tokens][kPanelSlices];
      for (int s = 0; s < kPanelSlices; ++s) {
        const Words start = load_words(tile.starts[b] + s * kWordRows);
        for (int t = 0; t < tokens; ++t) integers[t][s] = start;
      }
#pragma GCC unroll 1
      for (int group = 0; group < kGroups; ++group) {
        add_group<tokens>(tile, b, group, block, integers);
      }
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < kPanelSlices; ++s) {
          sums[t][s] = add_block(tile, b, s, block, t, integers[t][s], sums[t][s]);
        }
      }
    }
    store_tile_sums<tokens>(outputs, sums);
  }
};

}  // namespace
}  // namespace bantam::kernels
