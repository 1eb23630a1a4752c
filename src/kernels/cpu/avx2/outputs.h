// Running sums of eight rows.
#pragma once

#include "kernels/cpu/avx2/words.h"
#include "kernels/cpu/vector/tiles.h"

namespace bantam::kernels {
namespace {

inline __m256 load_sums(const TileOutputs& outputs, int token) {
  if (outputs.starts_at_zero) return _mm256_setzero_ps();
  const float* out = outputs.out + token * outputs.stride;
  if (outputs.rows >= 8) return _mm256_loadu_ps(out);
  return _mm256_maskload_ps(out, lane_mask(outputs.rows));
}

// Stores under a mask are slow: only where rows end.
inline void store_sums(const TileOutputs& outputs, int token, __m256 sums) {
  float* out = outputs.out + token * outputs.stride;
  if (outputs.rows >= 8) {
    _mm256_storeu_ps(out, sums);
  } else {
    _mm256_maskstore_ps(out, lane_mask(outputs.rows), sums);
  }
}

// The same of sixteen rows by some tokens.
template <int tokens>
void load_tile_sums(const TileOutputs& outputs, RowFloats (&sums)[tokens][2]) {
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < tokens; ++t) sums[t][s] = load_sums(slice_of_outputs<8>(outputs, s), t);
  }
}
template <int tokens>
void store_tile_sums(const TileOutputs& outputs, const RowFloats (&sums)[tokens][2]) {
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < tokens; ++t) store_sums(slice_of_outputs<8>(outputs, s), t, sums[t][s]);
  }
}

}  // namespace
}  // namespace bantam::kernels
