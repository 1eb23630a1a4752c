// Dot products of words with AVX2: pairs of products in 16 bits, added there as far as the size of
// the codes allows, then widened. Nothing overflows: activations stay within 127.
#pragma once

#include "kernels/cpu/avx2/words.h"

namespace bantam::kernels {
namespace {

// So many pair sums of unsigned codes up to `largest` fit into 16 bits together: a power of two.
constexpr int fitting_pair_sums(int largest) {
  const int fitting = 32767 / (2 * 127 * largest);
  return fitting >= 8 ? 8 : fitting >= 4 ? 4 : fitting >= 2 ? 2 : 1;
}

struct WordDot {
  static constexpr bool kRaisesSignedCodes = false;

  // sums + a0 * b0 + a1 * b1 over pairs of 16-bit integers.
  static Words add_pairs(Words sums, Words a, Words b) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
  }

  // Sixteen sums of two products.
  template <typename Panel>
  static Words pairs(Words codes, Words activations) {
    if constexpr (Panel::kSigned) {
      return _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(activations, codes));
    } else {
      return _mm256_maddubs_epi16(codes, activations);
    }
  }

  // sums + scale * (codes times 4 * count activations).
  template <typename Panel, int count>
  [[gnu::always_inline]] static inline Words add_scaled(Words sums, const Words* codes,
                                                        const std::int8_t* values, Words scale) {
    constexpr int kFitting = fitting_pair_sums(Panel::kLargestCode);
    constexpr int kTogether = kFitting < count ? kFitting : count;
#pragma GCC unroll 8
    for (int c = 0; c < count; c += kTogether) {
      Words sixteen = pairs<Panel>(codes[c], splat_word(values + 4 * c));
#pragma GCC unroll 8
      for (int i = c + 1; i < c + kTogether; ++i) {
        sixteen = _mm256_add_epi16(sixteen, pairs<Panel>(codes[i], splat_word(values + 4 * i)));
        settle(sixteen);
      }
      sums = add_pairs(sums, sixteen, scale);
    }
    return sums;
  }

  // sums + codes times 32 activations.
  template <typename Panel>
  [[gnu::always_inline]] static inline Words block(Words sums, const Words* codes,
                                                   const std::int8_t* values) {
    return add_scaled<Panel, 8>(sums, codes, values, _mm256_set1_epi16(1));
  }

  // What add_scaled() takes for the scale of 32 columns, which a pair holds twice, or for one of
  // the two of 16 columns in a pair.
  static Words scale_of_32(Words pair) { return pair; }
  static Words first_scale(Words pair) {
    return _mm256_blend_epi16(pair, _mm256_slli_epi32(pair, 16), 0xaa);
  }
  static Words second_scale(Words pair) {
    return _mm256_blend_epi16(_mm256_srli_epi32(pair, 16), pair, 0xaa);
  }
};

}  // namespace
}  // namespace bantam::kernels
