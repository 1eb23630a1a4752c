// Dot products of words with AVX-VNNI.
#pragma once

#include "kernels/cpu/avx2/words.h"
#include "kernels/cpu/avxvnni/intrinsics.h"

namespace bantam::kernels {
namespace {

inline Words dot_bytes(Words sums, Words codes, Words activations) {
  return _mm256_dpbusd_avx_epi32(sums, codes, activations);
}
inline Words dot_pairs(Words sums, Words a, Words b) { return _mm256_dpwssd_avx_epi32(sums, a, b); }

// Tokens of a register tile: two registers of rows by so many fill the 16.
inline constexpr int kQ8x32TileTokens = 6;
inline constexpr int kQ8x256TileTokens = 3;

}  // namespace
}  // namespace bantam::kernels

#include "kernels/cpu/x86/vnni_int8_dot.h"
#include "kernels/cpu/x86/vnni_word_dot.h"
