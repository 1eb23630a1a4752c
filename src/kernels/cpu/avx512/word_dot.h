// Dot products of words with AVX-512 VNNI.
#pragma once

#include "kernels/cpu/avx512/words.h"

namespace bantam::kernels {
namespace {

inline Words dot_bytes(Words sums, Words codes, Words activations) {
  return _mm512_dpbusd_epi32(sums, codes, activations);
}
inline Words dot_pairs(Words sums, Words a, Words b) { return _mm512_dpwssd_epi32(sums, a, b); }
inline __m256i dot_bytes(__m256i sums, __m256i codes, __m256i activations) {
  return _mm256_dpbusd_epi32(sums, codes, activations);
}
inline __m256i dot_pairs(__m256i sums, __m256i a, __m256i b) {
  return _mm256_dpwssd_epi32(sums, a, b);
}

// Tokens of a register tile.
inline constexpr int kQ8x32TileTokens = 12;
inline constexpr int kQ8x256TileTokens = 8;

}  // namespace
}  // namespace bantam::kernels

#include "kernels/cpu/x86/vnni_int8_dot.h"
#include "kernels/cpu/x86/vnni_word_dot.h"
