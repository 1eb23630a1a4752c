// Tiles of formats with blocks of 32: 16 rows x 4 tokens. Pair sums of unsigned codes are added in
// 16 bits as far as their size allows. Signed codes would need a sign to be moved for every
// product: they and their activations become 16-bit integers once instead.
#pragma once

#include "kernels/cpu/avx2/int8_dot.h"
#include "kernels/cpu/avx2/outputs.h"
#include "kernels/cpu/avx2/prepared_walk.h"
#include "kernels/cpu/avx2/wide_codes.h"
#include "kernels/cpu/avx2/word_dot.h"
#include "kernels/cpu/x86/q8x32_tile.h"

namespace bantam::kernels {
namespace {

// What a kernel of prepared_walk.h needs besides pack(), of formats with unsigned codes.
template <typename Format>
struct Q8x32Bytes {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kTileBlocks = kQ8x32TileBlocks;
  static constexpr int kTogether = fitting_pair_sums(Format::kLargestCode);
  using Tile = Q8x32Tile<kPanelRows>;
  struct Prepared {
    const ActivationQ8x32* blocks;
  };

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first, std::int64_t,
                      Prepared& out) {
    out.blocks = token_blocks<ActivationQ8x32>(task, token) + first;
  }

  // The products of block b, `offset` times the activations' sum already taken off.
  template <int tokens>
  [[gnu::always_inline]] static inline void products(const Tile& tile, std::int64_t b,
                                                     const Prepared* prepared,
                                                     Words (&integers)[tokens][2]) {
    const Words ones = _mm256_set1_epi16(1);
    for (int t = 0; t < tokens; ++t) {
      integers[t][0] = zero_words();
      if constexpr (Format::kOffset != 0) {
        const Words sum = splat_word(&prepared[t].blocks[b].sum);
        integers[t][0] = multiply_32(sum, splat_int(-Format::kOffset));
      }
      integers[t][1] = integers[t][0];
    }
#pragma GCC unroll 8
    for (int first = 0; first < 8; first += kTogether) {
      Words pairs[tokens][2];
#pragma GCC unroll 8
      for (int c = first; c < first + kTogether; ++c) {
        const Words codes[2] = {load_words(tile.codes[b][c][0]), load_words(tile.codes[b][c][8])};
        for (int t = 0; t < tokens; ++t) {
          const Words word = splat_word(prepared[t].blocks[b].values + 4 * c);
          for (int s = 0; s < 2; ++s) {
            const Words products = _mm256_maddubs_epi16(codes[s], word);
            pairs[t][s] = c == first ? products : _mm256_add_epi16(pairs[t][s], products);
            settle(pairs[t][s]);
          }
        }
      }
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < 2; ++s) {
          integers[t][s] = WordDot::add_pairs(integers[t][s], pairs[t][s], ones);
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
      products<tokens>(tile, b, prepared, integers);
      for (int t = 0; t < tokens; ++t) {
        const ActivationQ8x32& block = prepared[t].blocks[b];
        const RowFloats scale = splat_float(block.scale);
        for (int s = 0; s < 2; ++s) {
          const RowFloats scales = multiply_floats(load_floats(tile.scales[b] + 8 * s), scale);
          sums[t][s] = fma(scales, to_floats(integers[t][s]), sums[t][s]);
          if constexpr (Format::kHasMinimum) {
            const RowFloats minimums =
                multiply_floats(load_floats(tile.minimums[b] + 8 * s), scale);
            sums[t][s] = fma(minimums, splat_float(static_cast<float>(block.sum)), sums[t][s]);
          }
        }
      }
    }
    store_tile_sums<tokens>(outputs, sums);
  }
};

// The same of formats with signed codes; pack_bytes() of a kernel unpacks them as they are.
struct Q8x32Wide : WideCodes<16> {
  static constexpr std::int64_t kBlockSize = 32;

  static void prepare(const LinearTask& task, std::int64_t token, std::int64_t first,
                      std::int64_t count, Prepared& out) {
    const ActivationQ8x32* blocks = token_blocks<ActivationQ8x32>(task, token) + first;
    for (std::int64_t b = 0; b < count; ++b) {
      out.scales[b] = blocks[b].scale;
      widen_activations(blocks[b].values, out.pairs[16 * b]);
    }
  }

  static void widen(const Q8x32Tile<kPanelRows>& bytes, std::int64_t count, Tile& tile) {
    for (std::int64_t b = 0; b < count; ++b) {
      for (int r = 0; r < kPanelRows; r += 8) {
        for (int c = 0; c < 8; ++c) {
          const Words codes = load_words(bytes.codes[b][c][r]);
          store_words(tile.codes[16 * b + c][r], even_bytes(codes));
          store_words(tile.codes[16 * b + 8 + c][r], odd_bytes(codes));
        }
        store_floats(tile.scales[b] + r, load_floats(bytes.scales[b] + r));
      }
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
