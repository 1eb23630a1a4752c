// Tiles of formats with blocks of 256.
#pragma once

#include "kernels/cpu/dotprod/q8x256_panels.h"
#include "kernels/cpu/i8mm/matrix_tile.h"

namespace bantam::kernels {
namespace {

// What tiles.h needs.
template <typename Panel>
struct Q8x256Kernel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kRows = kTileRows;
  static constexpr std::int64_t kTileBlocks = 4;
  static constexpr std::int64_t kTokens = 4;
  using Activation = ActivationQ8x256;

  static constexpr int kGroups = 256 / Panel::kGroup;
  static constexpr int kGroupWords = kGroups / 4;

  struct Tile {
    alignas(64) EightColumns columns[kTileBlocks][32];
    alignas(64) std::int32_t group_scales[kTileBlocks][kGroups][kTileRows][2];  // each twice
    // Minimums, or scales where codes have an offset: what multiplies the activation's group sums.
    alignas(64) std::int8_t group_bytes[kTileBlocks][kGroupWords][kTileRows][4];
    alignas(64) float scales[kTileBlocks][kTileRows];
    alignas(64) float minimum_scales[kTileBlocks][kTileRows];
  };

  template <int part = 0>
  static void pack_parts(const std::byte* words, int step, int row, EightColumns* columns) {
    if constexpr (part < Panel::kParts) {
      const int p = step * Panel::kParts + Panel::kColumns[part];
      int8x16_t codes[8];
      Panel::template codes<part>(words, step, codes);
      store_columns(codes, row, columns + 4 * p);
      pack_parts<part + 1>(words, step, row, columns);
    }
  }

  static void pack_quad(const std::byte* words, const std::byte* rests, int row, std::int64_t b,
                        Tile& tile) {
    for (int step = 0; step < Panel::kSteps; ++step) {
      pack_parts(words, step, row, tile.columns[b]);
    }
    const typename Panel::Groups groups(words);
    const WideGroupScales<Panel> wide(groups);
    for (int g = 0; g < kGroups; ++g) {
      std::int32_t* place = tile.group_scales[b][g][row];
      vst1q_s32(place, vzip1q_s32(wide.groups[g], wide.groups[g]));
      vst1q_s32(place + 4, vzip2q_s32(wide.groups[g], wide.groups[g]));
    }
    for (int i = 0; i < kGroupWords; ++i) {
      int8x16_t bytes = groups.scales[i];
      if constexpr (Panel::kHasMinimum) bytes = groups.minimums[i];
      vst1q_s8(tile.group_bytes[b][i][row], bytes);
    }
    vst1q_f32(tile.scales[b] + row, Panel::scales(words, rests));
    if constexpr (Panel::kHasMinimum) {
      vst1q_f32(tile.minimum_scales[b] + row, Panel::minimum_scales(words));
    }
  }

  static void pack(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                   Tile& tile) {
    const PanelBlocks<Panel> blocks(task, row);
    for (std::int64_t b = 0; b < count; ++b) {
      for (int r = 0; r < kTileRows; r += kQuadRows) {
        pack_quad(blocks.words(first + b) + r * 4, blocks.rests(first + b) + r * Panel::kRestBytes,
                  r, b, tile);
      }
    }
  }

  // Group scales times products of a block of eight rows.
  template <int tokens>
  [[gnu::always_inline]] static inline void add_groups(const Tile& tile, std::int64_t b, int half,
                                                       const Activation* const* activations,
                                                       PairSums<tokens>& totals) {
#pragma GCC unroll 1
    for (int g = 0; g < kGroups; ++g) {
      PairSums<tokens> products;
      for (auto& rows : products.sums) {
        for (int32x4_t& sum : rows) sum = vdupq_n_s32(0);
      }
      for (int i = 0; i < Panel::kGroup / 8; i += 2) {
        const int eight = g * Panel::kGroup / 8 + i;
        const std::int8_t* values[tokens];
        for (int t = 0; t < tokens; ++t) values[t] = activations[t][b].values + 8 * eight;
        add_sixteen<tokens>(tile.columns[b] + eight, half, values, products);
      }
      for (int r = 0; r < kHalfRows / 2; ++r) {
        const int32x4_t scales = vld1q_s32(tile.group_scales[b][g][half + 2 * r]);
        for (int p = 0; p < PairSums<tokens>::kPairs; ++p) {
          totals.sums[r][p] = vmlaq_s32(totals.sums[r][p], products.sums[r][p], scales);
        }
      }
    }
  }

  // Adds a block of rows `row` to `row` + 3 to the sums of one token.
  static float32x4_t add_block(const Tile& tile, std::int64_t b, int row, int32x4_t products,
                               const Activation& block, const SplitSums& group_sums,
                               float32x4_t sums) {
    int32x4_t lifted = vdupq_n_s32(0);
    if constexpr (Panel::kHasMinimum || Panel::kOffset != 0) {
      int8x16_t bytes[kGroupWords];
      for (int i = 0; i < kGroupWords; ++i) bytes[i] = vld1q_s8(tile.group_bytes[b][i][row]);
      lifted = times_sums<Panel::kGroup>(bytes, group_sums);
    }
    if constexpr (Panel::kOffset != 0) products = vmlsq_n_s32(products, lifted, Panel::kOffset);
    const float32x4_t scales = vmulq_n_f32(vld1q_f32(tile.scales[b] + row), block.scale);
    sums = vfmaq_f32(sums, scales, vcvtq_f32_s32(products));
    if constexpr (Panel::kHasMinimum) {
      const float32x4_t minimum_scales =
          vmulq_n_f32(vld1q_f32(tile.minimum_scales[b] + row), block.scale);
      sums = vfmsq_f32(sums, minimum_scales, vcvtq_f32_s32(lifted));
    }
    return sums;
  }

  template <int tokens>
  static void multiply(const Tile& tile, std::int64_t count, const TileOutputs& outputs,
                       const Activation* const* activations) {
    for (int half = 0; half < kTileRows; half += kHalfRows) {
      float32x4_t sums[tokens][2];
      for (int t = 0; t < tokens; ++t) {
        for (int q = 0; q < 2; ++q) sums[t][q] = load_quad(outputs, t, half + q * kQuadRows);
      }
      for (std::int64_t b = 0; b < count; ++b) {
        PairSums<tokens> totals;
        for (auto& rows : totals.sums) {
          for (int32x4_t& sum : rows) sum = vdupq_n_s32(0);
        }
        add_groups<tokens>(tile, b, half, activations, totals);
        for (int t = 0; t < tokens; ++t) {
          const Activation& block = activations[t][b];
          const SplitSums group_sums = split_sums<Panel::kGroup>(block);
          for (int q = 0; q < 2; ++q) {
            sums[t][q] = add_block(tile, b, half + q * kQuadRows, totals.rows(q, t), block,
                                   group_sums, sums[t][q]);
          }
        }
      }
      for (int t = 0; t < tokens; ++t) {
        for (int q = 0; q < 2; ++q) store_quad(outputs, t, half + q * kQuadRows, sums[t][q]);
      }
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
