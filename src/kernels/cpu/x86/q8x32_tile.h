// Tiles of formats with blocks of 32. Include a level's int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x32_formats.h"
#include "kernels/cpu/x86/word_columns.h"

namespace bantam::kernels {
namespace {

constexpr std::int64_t kQ8x32TileBlocks = 32;

template <int kRows>
struct Q8x32Tile {
  alignas(64) std::uint8_t codes[kQ8x32TileBlocks][8][kRows][4];  // [block][column / 4][row]
  alignas(64) float scales[kQ8x32TileBlocks][kRows];
  alignas(64) float minimums[kQ8x32TileBlocks][kRows];  // of formats that have them
};

template <typename Format, int kRows>
void pack_q8x32(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                Q8x32Tile<kRows>& tile) {
  const RowGroup<typename Format::Block, kRows> group(task, row);
  for (std::int64_t b = 0; b < count; ++b) {
    for (int r = 0; r < kRows; r += 8) {
      __m256i codes[8];
      for (int i = 0; i < 8; ++i) {
        codes[i] = Dot::prepare<Format>(Format::codes(group.rows[r + i][first + b]));
      }
      __m256i columns[8];
      transpose_words(codes, columns);
      for (int c = 0; c < 8; ++c) {
        _mm256_store_si256(reinterpret_cast<__m256i*>(tile.codes[b][c][r]), columns[c]);
      }
    }
    for (int r = 0; r < kRows; r += 4) {
      _mm_store_ps(tile.scales[b] + r, Format::scales(group.rows + r, first + b));
      if constexpr (Format::kHasMinimum) {
        _mm_store_ps(tile.minimums[b] + r, Format::minimums(group.rows + r, first + b));
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
