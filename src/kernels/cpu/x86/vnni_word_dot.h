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

  // sums + scale * (codes times 4 * count activations).
  template <typename Panel, int count>
  [[gnu::always_inline]] static inline Words add_scaled(Words sums, const Words* codes,
                                                        const std::int8_t* values, Words scale) {
    return add_32(sums, multiply_32(add<count>(zero_words(), codes, values), scale));
  }

  // sums + codes times 32 activations.
  template <typename Panel>
  [[gnu::always_inline]] static inline Words block(Words sums, const Words* codes,
                                                   const std::int8_t* values) {
    return add<8>(sums, codes, values);
  }

  // What add_scaled() takes for the scale of 32 columns, which a pair holds twice, or for one of
  // the two of 16 columns in a pair.
  static Words scale_of_32(Words pair) { return first_scale(pair); }
  static Words first_scale(Words pair) { return signed_right_32<16>(left_32<16>(pair)); }
  static Words second_scale(Words pair) { return signed_right_32<16>(pair); }
};

}  // namespace
}  // namespace bantam::kernels
