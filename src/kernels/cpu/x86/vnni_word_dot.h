// Dot products of words with VNNI, which multiplies unsigned by signed. Include a level's words.h
// first, and its dot_bytes() and dot_pairs(): the instructions.
#pragma once

namespace bantam::kernels {
namespace {

struct WordDot {
  static constexpr bool kRaisesSignedCodes = true;

  // sums + a0 * b0 + a1 * b1 over pairs of 16-bit integers.
  static Words add_pairs(Words sums, Words a, Words b) { return dot_pairs(sums, a, b); }

  // Adds codes times activations of some tokens, of 4 * count columns; values are those of
  // codes[0].
  template <int first, int count, int tokens, int slices>
  [[gnu::always_inline]] static inline void add(Words (&sums)[tokens][slices],
                                                const Words (&codes)[slices][8],
                                                const std::int8_t* const* values) {
    if constexpr (slices == 1) {
      for (int t = 0; t < tokens; ++t) {
#pragma GCC unroll 8
        for (int c = first; c < first + count; ++c) {
          sums[t][0] = dot_bytes(sums[t][0], codes[0][c], splat_word(values[t] + 4 * c));
        }
      }
      return;
    }
#pragma GCC unroll 8
    for (int c = first; c < first + count; ++c) {
      for (int t = 0; t < tokens; ++t) {
        const Words word = splat_word(values[t] + 4 * c);
        for (int s = 0; s < slices; ++s) sums[t][s] = dot_bytes(sums[t][s], codes[s][c], word);
      }
    }
  }

  // Whether it is better to take all slices of a panel at once, which saves reading activations
  // twice. Larger codes take more registers to be made than there are.
  template <typename Panel, int tokens>
  static constexpr bool kSlicesTogether = tokens > 1 && Panel::kLargestCode < 32;

  // Adds scale * (codes times activations) of some tokens, of 4 * count columns; values are those
  // of codes[0].
  template <typename Panel, int first, int count, int tokens, int slices>
  [[gnu::always_inline]] static inline void add_scaled(Words (&sums)[tokens][slices],
                                                       const Words (&codes)[slices][8],
                                                       const std::int8_t* const* values,
                                                       const Words (&scales)[slices]) {
    Words products[tokens][slices];
    for (int t = 0; t < tokens; ++t) {
      for (int s = 0; s < slices; ++s) products[t][s] = zero_words();
    }
    add<first, count>(products, codes, values);
    for (int t = 0; t < tokens; ++t) {
      for (int s = 0; s < slices; ++s) {
        sums[t][s] = add_32(sums[t][s], multiply_32(products[t][s], scales[s]));
      }
    }
  }

  // Adds the codes of 32 columns of some slices times the activations of some tokens.
  template <typename Panel, int tokens, int slices>
  [[gnu::always_inline]] static inline void block(Words (&sums)[tokens][slices],
                                                  const Words (&codes)[slices][8],
                                                  const std::int8_t* const* values) {
    add<0, 8>(sums, codes, values);
  }

  // What add_scaled() takes for the scale of 32 columns, which a pair holds twice, or for one of
  // the two of 16 columns in a pair.
  static Words scale_of_32(Words pair) { return first_scale(pair); }
  static Words first_scale(Words pair) { return signed_right_32<16>(left_32<16>(pair)); }
  static Words second_scale(Words pair) { return signed_right_32<16>(pair); }
};

}  // namespace
}  // namespace bantam::kernels
