// Running sums of eight rows.
#pragma once

#include "kernels/cpu/avx2/lanes.h"
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

inline __m256i load_words(const void* p) {
  return _mm256_load_si256(static_cast<const __m256i*>(p));
}

// Makes the compiler finish x here. Left alone, gcc puts off the additions of an unrolled loop
// until their inputs spill.
inline void settle(__m256i& x) { asm("" : "+x"(x)); }

// Four 8-bit or two 16-bit integers in every word.
inline __m256i splat_word(const void* p) {
  int word;
  __builtin_memcpy(&word, p, sizeof word);
  return _mm256_set1_epi32(word);
}

}  // namespace
}  // namespace bantam::kernels
