// Tiles for SMMLA, which multiplies eight columns of two rows with those of two tokens: a tile of
// sixteen rows is unpacked so that a register holds eight columns of two rows, and multiplied with
// four tokens, eight rows at a time.
#pragma once

#include "kernels/cpu/dotprod/panel_product.h"
#include "kernels/cpu/vector/tiles.h"

namespace bantam::kernels {
namespace {

constexpr int kTileRows = 16;
constexpr int kHalfRows = 8;

// Rows 0 and 1 of a token, then of the other; ...
template <int kTokens>
struct PairSums {
  static constexpr int kPairs = (kTokens + 1) / 2;
  int32x4_t sums[kHalfRows / 2][kPairs];

  // Rows 4 * quad to 4 * quad + 3 of the half with one token.
  int32x4_t rows(int quad, int token) const {
    const int32x4_t first = sums[2 * quad][token / 2];
    const int32x4_t second = sums[2 * quad + 1][token / 2];
    return token % 2 == 0 ? vuzp1q_s32(first, second) : vuzp2q_s32(first, second);
  }
};

// Eight columns of two tokens in each of two registers.
struct SixteenColumns {
  int8x16_t eight[2];
};
inline SixteenColumns pair_tokens(const std::int8_t* first, const std::int8_t* second) {
  const int64x2_t a = vreinterpretq_s64_s8(vld1q_s8(first));
  const int64x2_t b = vreinterpretq_s64_s8(vld1q_s8(second));
  return {{vreinterpretq_s8_s64(vzip1q_s64(a, b)), vreinterpretq_s8_s64(vzip2q_s64(a, b))}};
}

// Eight columns of sixteen rows.
using EightColumns = std::int8_t[kTileRows][8];

// Adds sixteen columns, `columns[0]` and `columns[1]` from row `row` on, of kTokens tokens.
template <int kTokens>
[[gnu::always_inline]] inline void add_sixteen(const EightColumns* columns, int row,
                                               const std::int8_t* const* values,
                                               PairSums<kTokens>& out) {
  SixteenColumns tokens[PairSums<kTokens>::kPairs];
  for (int p = 0; p < PairSums<kTokens>::kPairs; ++p) {
    tokens[p] = pair_tokens(values[2 * p], values[kTokens == 1 ? 0 : 2 * p + 1]);
  }
  for (int eight = 0; eight < 2; ++eight) {
    for (int r = 0; r < kHalfRows / 2; ++r) {
      const int8x16_t rows = vld1q_s8(columns[eight][row + 2 * r]);
      for (int p = 0; p < PairSums<kTokens>::kPairs; ++p) {
        out.sums[r][p] = vmmlaq_s32(out.sums[r][p], rows, tokens[p].eight[eight]);
      }
    }
  }
}

// Codes of 32 columns of four rows, a word a register, into four times eight columns of the tile.
inline void store_columns(const int8x16_t* codes, int row, EightColumns* columns) {
  for (int i = 0; i < 4; ++i) {
    const int32x4_t even = vreinterpretq_s32_s8(codes[2 * i]);
    const int32x4_t odd = vreinterpretq_s32_s8(codes[2 * i + 1]);
    vst1q_s8(columns[i][row], vreinterpretq_s8_s32(vzip1q_s32(even, odd)));
    vst1q_s8(columns[i][row + 2], vreinterpretq_s8_s32(vzip2q_s32(even, odd)));
  }
}

// The running sums of rows `row` to `row` + 3 of a tile.
inline float32x4_t load_quad(const TileOutputs& outputs, int token, int row) {
  float part[4] = {};
  if (outputs.starts_at_zero) return vld1q_f32(part);
  const float* place = outputs.out + token * outputs.stride + row;
  if (row + 4 <= outputs.rows) return vld1q_f32(place);
  for (int r = 0; row + r < outputs.rows; ++r) part[r] = place[r];
  return vld1q_f32(part);
}
inline void store_quad(const TileOutputs& outputs, int token, int row, float32x4_t sums) {
  float* place = outputs.out + token * outputs.stride + row;
  if (row + 4 <= outputs.rows) return vst1q_f32(place, sums);
  float part[4];
  vst1q_f32(part, sums);
  for (int r = 0; row + r < outputs.rows; ++r) place[r] = part[r];
}

}  // namespace
}  // namespace bantam::kernels
