// 8-bit dot products with VNNI, which multiplies unsigned by signed: signed codes are raised by
// 128. Include a level's word_dot.h first.
#pragma once

#include "kernels/cpu/x86/q8x32_formats.h"

namespace bantam::kernels {
namespace {

struct Dot {
  static constexpr int kSignedOffset = 128;

  template <typename Format>
  static __m256i prepare(__m256i codes) {
    return Format::kSigned ? _mm256_xor_si256(codes, _mm256_set1_epi8(-128)) : codes;
  }

  // Sixteen sums of two products of codes that were not prepared.
  template <typename Format>
  static __m256i pairs(__m256i codes, __m256i activations) {
    if constexpr (Format::kSigned) {
      return _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(activations, codes));
    } else {
      return _mm256_maddubs_epi16(codes, activations);
    }
  }

  // Eight sums of eight products: of the low and the high codes at the same place.
  template <typename Format>
  static __m256i dot_pair(CodePair codes, __m256i low, __m256i high) {
    const __m256i sums = dot_bytes(_mm256_setzero_si256(), codes.low, low);
    return dot_bytes(sums, codes.high, high);
  }

  // sums + a0 * b0 + a1 * b1 over pairs of 16-bit integers.
  static __m256i multiply_add(__m256i sums, __m256i a, __m256i b) { return dot_pairs(sums, a, b); }
};

}  // namespace
}  // namespace bantam::kernels
