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

  // Whether it is better to take all slices of a panel at once, which saves reading activations
  // twice. Larger codes are widened so often that there are no registers for it.
  template <typename Panel, int tokens>
  static constexpr bool kSlicesTogether = tokens > 1 && Panel::kLargestCode < 32;

  // Adds scale * (codes times activations) of some tokens, of 4 * count columns; values are those
  // of codes[0].
  template <typename Panel, int first, int count, int tokens, int slices>
  [[gnu::always_inline]] static inline void add_scaled(Words (&sums)[tokens][slices],
                                                       const Words (&codes)[slices][8],
                                                       const std::int8_t* const* values,
                                                       const Words (&scales)[slices]) {
    if constexpr (slices == 1) {
      for (int t = 0; t < tokens; ++t) {
        add_scaled_of_one<Panel, first, count>(sums[t][0], codes[0], values[t], scales[0]);
      }
      return;
    }
    constexpr int kTogether = pairs_together<Panel>(count);
#pragma GCC unroll 8
    for (int begin = first; begin < first + count; begin += kTogether) {
      Words sixteen[tokens][slices];
#pragma GCC unroll 8
      for (int c = begin; c < begin + kTogether; ++c) {
        for (int t = 0; t < tokens; ++t) {
          const Words word = splat_word(values[t] + 4 * c);
          for (int s = 0; s < slices; ++s) {
            const Words products = pairs<Panel>(codes[s][c], word);
            sixteen[t][s] = c == begin ? products : _mm256_add_epi16(sixteen[t][s], products);
            settle(sixteen[t][s]);
          }
        }
      }
      for (int t = 0; t < tokens; ++t) {
        for (int s = 0; s < slices; ++s) {
          sums[t][s] = add_pairs(sums[t][s], sixteen[t][s], scales[s]);
        }
      }
    }
  }

  // The same of one token and slice.
  template <typename Panel, int first, int count>
  [[gnu::always_inline]] static inline void add_scaled_of_one(Words& sums, const Words* codes,
                                                              const std::int8_t* values,
                                                              Words scale) {
    constexpr int kTogether = pairs_together<Panel>(count);
#pragma GCC unroll 8
    for (int begin = first; begin < first + count; begin += kTogether) {
      Words sixteen = pairs<Panel>(codes[begin], splat_word(values + 4 * begin));
#pragma GCC unroll 8
      for (int c = begin + 1; c < begin + kTogether; ++c) {
        sixteen = _mm256_add_epi16(sixteen, pairs<Panel>(codes[c], splat_word(values + 4 * c)));
        settle(sixteen);
      }
      sums = add_pairs(sums, sixteen, scale);
    }
  }

  template <typename Panel>
  static constexpr int pairs_together(int count) {
    const int fitting = fitting_pair_sums(Panel::kLargestCode);
    return fitting < count ? fitting : count;
  }

  // Adds the codes of 32 columns of some slices times the activations of some tokens.
  template <typename Panel, int tokens, int slices>
  [[gnu::always_inline]] static inline void block(Words (&sums)[tokens][slices],
                                                  const Words (&codes)[slices][8],
                                                  const std::int8_t* const* values) {
    Words ones[slices];
    for (int s = 0; s < slices; ++s) ones[s] = _mm256_set1_epi16(1);
    add_scaled<Panel, 0, 8>(sums, codes, values, ones);
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
