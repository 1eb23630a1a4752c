// Running sums of eight rows.
#pragma once

#include "kernels/cpu/avx2/words.h"
#include "kernels/cpu/vector/tiles.h"

namespace bantam::kernels {
namespace {

inline __m256 load_sums(const TileOutputs& outputs, int token) {
  if (outputs.starts_at_zero) return _mm256_setzero_ps();
  return _mm256_maskload_ps(outputs.out + token * outputs.stride, lane_mask(outputs.rows));
}

inline void store_sums(const TileOutputs& outputs, int token, __m256 sums) {
  _mm256_maskstore_ps(outputs.out + token * outputs.stride, lane_mask(outputs.rows), sums);
}

// The same of sixteen rows by some tokens.
template <int tokens>
void load_tile_sums(const TileOutputs& outputs, RowFloats (&sums)[2][tokens]) {
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < tokens; ++t) sums[s][t] = load_sums(slice_of_outputs<8>(outputs, s), t);
  }
}
template <int tokens>
void store_tile_sums(const TileOutputs& outputs, const RowFloats (&sums)[2][tokens]) {
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < tokens; ++t) store_sums(slice_of_outputs<8>(outputs, s), t, sums[s][t]);
  }
}

}  // namespace
}  // namespace bantam::kernels
