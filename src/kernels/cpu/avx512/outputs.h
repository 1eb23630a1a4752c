// Running sums of sixteen rows.
#pragma once

#include "kernels/cpu/avx512/words.h"
#include "kernels/cpu/vector/tiles.h"

namespace bantam::kernels {
namespace {

inline __m512 load_sums(const TileOutputs& outputs, int token) {
  if (outputs.starts_at_zero) return _mm512_setzero_ps();
  return _mm512_maskz_loadu_ps(lane_mask(outputs.rows), outputs.out + token * outputs.stride);
}

inline void store_sums(const TileOutputs& outputs, int token, __m512 sums) {
  _mm512_mask_storeu_ps(outputs.out + token * outputs.stride, lane_mask(outputs.rows), sums);
}

// The same of a tile.
template <int tokens>
void load_tile_sums(const TileOutputs& outputs, RowFloats (&sums)[tokens][1]) {
  for (int t = 0; t < tokens; ++t) sums[t][0] = load_sums(outputs, t);
}
template <int tokens>
void store_tile_sums(const TileOutputs& outputs, const RowFloats (&sums)[tokens][1]) {
  for (int t = 0; t < tokens; ++t) store_sums(outputs, t, sums[t][0]);
}

}  // namespace
}  // namespace bantam::kernels
