// Tiles of formats with blocks of 32, with VNNI: 16 rows by some tokens, one instruction for four
// products a lane. Include a level's word_dot.h and outputs.h first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x32_tile.h"
#include "kernels/cpu/x86/vnni_tiles.h"

namespace bantam::kernels {
namespace {

// Codes are signed.
struct VnniQ8x32Tile : Q8x32Tile<kPanelRows> {
  alignas(64) std::int32_t starts[kQ8x32TileBlocks][kPanelRows];
};

// Puts codes that are `offset` above the format's, of block b and the rows from r on, into a tile.
template <int offset>
void put_codes(VnniQ8x32Tile& tile, std::int64_t b, std::int64_t r, const Words* codes) {
  const Words ones = splat_int(0x01010101);
  Words sums = zero_words();
  for (int c = 0; c < 8; ++c) {
    const Words signed_codes = add_to_bytes(codes[c], static_cast<char>(-offset));
    sums = dot_bytes(sums, ones, signed_codes);
    store_words(tile.codes[b][c][r], signed_codes);
  }
  store_words(tile.starts[b] + r, multiply_32(sums, splat_int(-kRaisedActivation)));
}

// A chunk of the activations of some tokens.
struct VnniQ8x32Activations {
  struct Block {
    std::uint8_t values[kQ8x32TileTokens][32];  // raised
    float scales[kQ8x32TileTokens];
    float sums[kQ8x32TileTokens];
  };
  alignas(64) Block blocks[kQ8x32TileBlocks];
};

// What a kernel of vnni_tiles.h needs besides pack().
template <bool has_minimum>
struct Q8x32Multiplier {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kTileBlocks = kQ8x32TileBlocks;
  static constexpr int kTokens = kQ8x32TileTokens;
  using Activation = ActivationQ8x32;
  using Tile = VnniQ8x32Tile;
  using Activations = VnniQ8x32Activations;

  // Makes the codes of a tile that was unpacked from rows signed, which are `offset` above the
  // format's.
  template <int offset>
  static void finish(std::int64_t count, Tile& tile) {
    for (std::int64_t b = 0; b < count; ++b) {
      for (std::int64_t r = 0; r < kPanelRows; r += kWordRows) {
        Words codes[8];
        for (int c = 0; c < 8; ++c) codes[c] = load_words(tile.codes[b][c][r]);
        put_codes<offset>(tile, b, r, codes);
      }
    }
  }

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first,
                      std::int64_t count, int t, Activations& activations) {
    const ActivationQ8x32* from = token_blocks<ActivationQ8x32>(task, token) + first;
    for (std::int64_t b = 0; b < count; ++b) {
      Activations::Block& to = activations.blocks[b];
      raise_activations(from[b].values, to.values[t]);
      to.scales[t] = from[b].scale;
      if constexpr (has_minimum) to.sums[t] = static_cast<float>(from[b].sum);
    }
  }

  template <int tokens>
  [[gnu::always_inline]] static inline void products(const Tile& tile, std::int64_t b,
                                                     const Activations::Block& activations,
                                                     Words (&integers)[tokens][kPanelSlices]) {
    for (int s = 0; s < kPanelSlices; ++s) {
      const Words start = load_words(tile.starts[b] + s * kWordRows);
      for (int t = 0; t < tokens; ++t) integers[t][s] = start;
    }
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) {
      Words codes[kPanelSlices];
      for (int s = 0; s < kPanelSlices; ++s) codes[s] = load_words(tile.codes[b][c][s * kWordRows]);
      for (int t = 0; t < tokens; ++t) {
        const Words word = splat_word(activations.values[t] + 4 * c);
        for (int s = 0; s < kPanelSlices; ++s) {
          integers[t][s] = dot_bytes(integers[t][s], word, codes[s]);
        }
      }
    }
  }

  // Adds block b to the sums of slice s of token t.
  static RowFloats add_block(const Tile& tile, std::int64_t b, int s,
                             const Activations::Block& activations, int t, Words integers,
                             RowFloats sums) {
    const RowFloats scale = splat_float(activations.scales[t]);
    const std::int64_t r = s * kWordRows;
    sums = fma(multiply_floats(load_floats(tile.scales[b] + r), scale), to_floats(integers), sums);
    if constexpr (has_minimum) {
      sums = fma(multiply_floats(load_floats(tile.minimums[b] + r), scale),
                 splat_float(activations.sums[t]), sums);
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activations& activations) {
    RowFloats sums[tokens][kPanelSlices];
    load_tile_sums<tokens>(outputs, sums);
    for (std::int64_t b = 0; b < count; ++b) {
      const Activations::Block& block = activations.blocks[b];
      Words integers[tokens][kPanelSlices];
      products<tokens>(tile, b, block, integers);
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
