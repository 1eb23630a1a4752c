// Tiles of formats with blocks of 256. Include a level's int8_dot.h first.
#pragma once

#include "kernels/cpu/vector/tiles.h"
#include "kernels/cpu/x86/q8x256_formats.h"
#include "kernels/cpu/x86/word_columns.h"

namespace bantam::kernels {
namespace {

constexpr std::int64_t kQ8x256TileBlocks = 4;

// Scales are pairs of 16-bit integers: of groups 2p and 2p + 1.
template <int kRows>
struct Q8x256Tile {
  alignas(64) std::uint8_t codes[kQ8x256TileBlocks][64][kRows][4];  // [block][column / 4][row]
  alignas(64) std::int16_t group_scales[kQ8x256TileBlocks][8][kRows][2];
  alignas(64) std::int16_t group_minimums[kQ8x256TileBlocks][8][kRows][2];  // or offset * scale
  alignas(64) float scales[kQ8x256TileBlocks][kRows];
  alignas(64) float minimum_scales[kQ8x256TileBlocks][kRows];
};

// How codes stand in a tile: signed ones raised where the level's dot product wants it.
template <typename Format>
constexpr int kTileOffset = Format::kSigned ? Dot::kSignedOffset : Format::kOffset;

// The 16-bit integers that multiply the activation's group sums.
template <typename Format>
__m256i tile_minimums(const typename Format::Block& block) {
  if constexpr (Format::kHasMinimum) {
    return Format::minimums(block);
  } else {
    return _mm256_mullo_epi16(Format::scales(block), _mm256_set1_epi16(kTileOffset<Format>));
  }
}

inline void store_transposed(const __m256i* rows, std::int64_t stride, void* out) {
  __m256i columns[8];
  transpose_words(rows, columns);
  for (int c = 0; c < 8; ++c) {
    auto* place = static_cast<std::byte*>(out) + c * stride;
    _mm256_store_si256(reinterpret_cast<__m256i*>(place), columns[c]);
  }
}

// Block `b` of eight rows into rows r to r + 7 of the tile.
template <typename Format, int kRows>
void pack_eight_rows(const typename Format::Block* const* rows, std::int64_t block, std::int64_t b,
                     int r, Q8x256Tile<kRows>& tile) {
  constexpr std::int64_t kStride = kRows * 4;
  __m256i codes[8][8];  // [row][vector]
  __m256i scales[8];
  __m256i minimums[8];
  for (int i = 0; i < 8; ++i) {
    Format::codes(rows[i][block], codes[i]);
    scales[i] = Format::scales(rows[i][block]);
    minimums[i] = tile_minimums<Format>(rows[i][block]);
  }
  for (int g = 0; g < 8; ++g) {
    __m256i vectors[8];
    for (int i = 0; i < 8; ++i) vectors[i] = Dot::prepare<Format>(codes[i][g]);
    store_transposed(vectors, kStride, tile.codes[b][8 * g][r]);
  }
  store_transposed(scales, kStride, tile.group_scales[b][0][r]);
  store_transposed(minimums, kStride, tile.group_minimums[b][0][r]);
  for (int i = 0; i < 8; i += 4) {
    _mm_store_ps(tile.scales[b] + r + i, four_scales(rows + i, block));
    if constexpr (Format::kHasMinimum) {
      _mm_store_ps(tile.minimum_scales[b] + r + i, four_minimum_scales(rows + i, block));
    }
  }
}

template <typename Format, int kRows>
void pack_q8x256(const LinearTask& task, std::int64_t row, std::int64_t first, std::int64_t count,
                 Q8x256Tile<kRows>& tile) {
  const RowGroup<typename Format::Block, kRows> group(task, row);
  for (std::int64_t b = 0; b < count; ++b) {
    for (int r = 0; r < kRows; r += 8) {
      pack_eight_rows<Format, kRows>(group.rows + r, first + b, b, r, tile);
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
