// Dot products of words with VNNI, which multiplies unsigned by signed. Include a level's words.h
// first, and its dot_bytes() and dot_pairs(): the instructions.
#pragma once

namespace bantam::kernels {
namespace {

struct WordDot {
  static constexpr bool kRaisesSignedCodes = true;

  // sums + a0 * b0 + a1 * b1 over pairs of 16-bit integers.
  static Words add_pairs(Words sums, Words a, Words b) { return dot_pairs(sums, a, b); }

  // sums + codes times 4 * count activations.
  template <int count>
  [[gnu::always_inline]] static inline Words add(Words sums, const Words* codes,
                                                 const std::int8_t* values) {
#pragma GCC unroll 8
    for (int c = 0; c < count; ++c) sums = dot_bytes(sums, codes[c], splat_word(values + 4 * c));
    return sums;
  }

  // Whether it is better to take all slices of a panel at once. One after the other needs fewer
  // registers.
  template <typename Panel, int tokens>
  static constexpr bool kSlicesTogether = false;

  // Adds scale * (codes times activations) of some tokens, of 4 * count columns; values are those
  // of codes[0].
  template <typename Panel, int first, int count, int tokens, int slices>
  [[gnu::always_inline]] static inline void add_scaled(Words (&sums)[tokens][slices],
                                                       const Words (&codes)[slices][8],
                                                       const std::int8_t* const* values,
                                                       const Words (&scales)[slices]) {
    for (int s = 0; s < slices; ++s) {
      for (int t = 0; t < tokens; ++t) {
        const Words products = add<count>(zero_words(), codes[s] + first, values[t] + 4 * first);
        sums[t][s] = add_32(sums[t][s], multiply_32(products, scales[s]));
      }
    }
  }

  // Adds the codes of 32 columns of some slices times the activations of some tokens.
  template <typename Panel, int tokens, int slices>
  [[gnu::always_inline]] static inline void block(Words (&sums)[tokens][slices],
                                                  const Words (&codes)[slices][8],
                                                  const std::int8_t* const* values) {
    for (int s = 0; s < slices; ++s) {
      for (int t = 0; t < tokens; ++t) sums[t][s] = add<8>(sums[t][s], codes[s], values[t]);
    }
  }

  // What add_scaled() takes for the scale of 32 columns, which a pair holds twice, or for one of
  // the two of 16 columns in a pair.
  static Words scale_of_32(Words pair) { return first_scale(pair); }
  static Words first_scale(Words pair) { return signed_right_32<16>(left_32<16>(pair)); }
  static Words second_scale(Words pair) { return signed_right_32<16>(pair); }
};

}  // namespace
}  // namespace bantam::kernels
