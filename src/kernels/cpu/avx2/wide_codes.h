// Tiles of 16-bit codes: 16 rows x 4 tokens. A word of four bytes becomes two words: its bytes 0
// and 2, and, eight words later, its bytes 1 and 3.
#pragma once

#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/avx2/word_dot.h"
#include "kernels/panels.h"

namespace bantam::kernels {
namespace {

inline Words even_bytes(Words x) { return signed_right_16<8>(left_16<8>(x)); }
inline Words odd_bytes(Words x) { return signed_right_16<8>(x); }

// 32 activations as the words that a tile's codes are multiplied with.
inline void widen_activations(const std::int8_t* values, std::int16_t* pairs) {
  const Words bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
  store_words(pairs, even_bytes(bytes));
  store_words(pairs + 16, odd_bytes(bytes));
}

// What a kernel of prepared_walk.h needs besides prepare() and pack(). kPairs words of each row
// share a scale.
template <int kPairs>
struct WideCodes {
  static constexpr std::int64_t kTileBlocks = 256 / kPairs;
  struct Tile {
    alignas(64) std::int16_t codes[256][kPanelRows][2];  // [pair of columns][row]
    alignas(64) float scales[kTileBlocks][kPanelRows];
  };
  struct Prepared {
    alignas(32) std::int16_t pairs[256][2];
    float scales[kTileBlocks];
  };

  // Adds sixteen words of each row.
  template <int tokens>
  [[gnu::always_inline]] static inline void add_words(const Tile& tile, std::int64_t first,
                                                      const Prepared* prepared,
                                                      Words (&integers)[tokens][2]) {
#pragma GCC unroll 16
    for (int c = 0; c < 16; ++c) {
      const Words codes[2] = {load_words(tile.codes[first + c][0]),
                              load_words(tile.codes[first + c][8])};
      for (int t = 0; t < tokens; ++t) {
        const Words word = splat_word(prepared[t].pairs[first + c]);
        for (int s = 0; s < 2; ++s) {
          integers[t][s] = WordDot::add_pairs(integers[t][s], codes[s], word);
          settle(integers[t][s]);
        }
      }
    }
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Prepared* prepared) {
    RowFloats sums[tokens][2];
    load_tile_sums<tokens>(outputs, sums);
    for (std::int64_t b = 0; b < count; ++b) {
      Words integers[tokens][2];
      for (int t = 0; t < tokens; ++t) integers[t][0] = integers[t][1] = zero_words();
#pragma GCC unroll 1
      for (int first = 0; first < kPairs; first += 16) {
        add_words<tokens>(tile, b * kPairs + first, prepared, integers);
      }
      for (int t = 0; t < tokens; ++t) {
        const RowFloats scale = splat_float(prepared[t].scales[b]);
        for (int s = 0; s < 2; ++s) {
          const RowFloats scales = multiply_floats(load_floats(tile.scales[b] + 8 * s), scale);
          sums[t][s] = fma(scales, to_floats(integers[t][s]), sums[t][s]);
        }
      }
    }
    store_tile_sums<tokens>(outputs, sums);
  }
};

}  // namespace
}  // namespace bantam::kernels
