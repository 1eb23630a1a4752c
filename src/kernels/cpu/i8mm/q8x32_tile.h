// Tiles of formats with blocks of 32.
#pragma once

#include "kernels/cpu/dotprod/q8x32_panels.h"
#include "kernels/cpu/i8mm/matrix_tile.h"

namespace bantam::kernels {
namespace {

// What tiles.h needs.
template <typename Panel>
struct Q8x32Kernel {
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kRows = kTileRows;
  static constexpr std::int64_t kTileBlocks = 32;
  static constexpr std::int64_t kTokens = 4;
  using Activation = ActivationQ8x32;

  struct Tile {
    alignas(64) EightColumns columns[kTileBlocks][4];
    alignas(64) float scales[kTileBlocks][kTileRows];
    alignas(64) float minimums[kTileBlocks][kTileRows];  // of formats that have them
  };

  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    const PanelBlocks<Panel> blocks(task, row);
    for (std::int64_t b = 0; b < count; ++b) {
      for (int r = 0; r < kTileRows; r += kQuadRows) {
        const std::byte* words = blocks.words(first + b) + r * 4;
        int8x16_t codes[8];
        Panel::codes(words, codes);
        store_columns(codes, r, tile.columns[b]);
        const std::byte* rests = blocks.rests(first + b) + r * Panel::kRestBytes;
        vst1q_f32(tile.scales[b] + r, Panel::scales(words, rests));
        if constexpr (Panel::kHasMinimum) vst1q_f32(tile.minimums[b] + r, Panel::minimums(words));
      }
    }
  }

  // Minus kOffset times the activations of each token, where the products start.
  template <int tokens>
  static void start(const Activation* const* activations, std::int64_t b, PairSums<tokens>& sums) {
    for (int p = 0; p < PairSums<tokens>::kPairs; ++p) {
      const std::int32_t lifted[2] = {
          -Panel::kOffset * activations[2 * p][b].sum,
          -Panel::kOffset * activations[tokens == 1 ? 0 : 2 * p + 1][b].sum};
      const int32x2_t both = vld1_s32(lifted);
      for (auto& rows : sums.sums) rows[p] = vcombine_s32(both, both);
    }
  }

  template <int tokens>
  static void multiply_half(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                            const Activation* const* activations, int half) {
    float32x4_t sums[tokens][2];
    for (int t = 0; t < tokens; ++t) {
      for (int q = 0; q < 2; ++q) sums[t][q] = load_quad(outputs, t, half + q * kQuadRows);
    }
    for (std::int64_t b = 0; b < count; ++b) {
      PairSums<tokens> products;
      start<tokens>(activations, b, products);
      for (int i = 0; i < 4; i += 2) {
        const std::int8_t* values[tokens];
        for (int t = 0; t < tokens; ++t) values[t] = activations[t][b].values + 8 * i;
        add_sixteen<tokens>(tile.columns[b] + i, half, values, products);
      }
      for (int q = 0; q < 2; ++q) {
        const int row = half + q * kQuadRows;
        const float32x4_t scales = vld1q_f32(tile.scales[b] + row);
        for (int t = 0; t < tokens; ++t) {
          const Activation& block = activations[t][b];
          const float32x4_t integers = vcvtq_f32_s32(products.rows(q, t));
          sums[t][q] = vfmaq_f32(sums[t][q], vmulq_n_f32(scales, block.scale), integers);
          if constexpr (Panel::kHasMinimum) {
            const float32x4_t minimums =
                vmulq_n_f32(vld1q_f32(tile.minimums[b] + row), block.scale);
            sums[t][q] = vfmaq_n_f32(sums[t][q], minimums, static_cast<float>(block.sum));
          }
        }
      }
    }
#pragma GCC unroll 8  // or the sums must stand in memory
    for (int t = 0; t < tokens; ++t) {
      for (int q = 0; q < 2; ++q) store_quad(outputs, t, half + q * kQuadRows, sums[t][q]);
    }
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    for (int half = 0; half < kTileRows; half += kHalfRows) {
      multiply_half<tokens>(tile, count, outputs, activations, half);
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
