// 8-bit dot products with AVX2: pairs of products in 16 bits, which never overflow because
// activations stay within 127 and codes within 128.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/x86/q8x32_formats.h"

namespace bantam::kernels {
namespace {

struct Dot {
  static constexpr int kSignedOffset = 0;

  template <typename Format>
  static __m256i prepare(__m256i codes) {
    return codes;
  }

  // Sixteen sums of two products.
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
    const __m256i low_pairs = pairs<Format>(codes.low, low);
    const __m256i high_pairs = pairs<Format>(codes.high, high);
    const __m256i ones = _mm256_set1_epi16(1);
    if constexpr (Format::kSigned) {
      return _mm256_add_epi32(_mm256_madd_epi16(low_pairs, ones),
                              _mm256_madd_epi16(high_pairs, ones));
    } else {
      return _mm256_madd_epi16(_mm256_add_epi16(low_pairs, high_pairs), ones);
    }
  }

  // sums + a0 * b0 + a1 * b1 over pairs of 16-bit integers.
  static __m256i multiply_add(__m256i sums, __m256i a, __m256i b) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
  }
};

}  // namespace
}  // namespace bantam::kernels
