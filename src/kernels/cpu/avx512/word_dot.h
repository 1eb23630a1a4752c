// Dot products of words with AVX-512 VNNI.
#pragma once

#include "kernels/cpu/avx512/words.h"

namespace bantam::kernels {
namespace {

inline Words dot_bytes(Words sums, Words codes, Words activations) {
  return _mm512_dpbusd_epi32(sums, codes, activations);
}
inline Words dot_pairs(Words sums, Words a, Words b) { return _mm512_dpwssd_epi32(sums, a, b); }

}  // namespace
}  // namespace bantam::kernels

#include "kernels/cpu/x86/vnni_word_dot.h"
