// Formats with blocks of 32 in panels.
#pragma once

#include "kernels/cpu/dotprod/quad_words.h"

namespace bantam::kernels {
namespace {

// A format says, for one block of four rows:
//   codes(words, out): out[c] = codes 4c to 4c + 3 of each row, kOffset above the format's
//   scales(words, rests), minimums(words)
// where `words` and `rests` are those of kernels/panels.h.

struct Q8x32Panel {
  static constexpr std::int64_t kBlockSize = 32;
};

struct WithScaleApart : Q8x32Panel {
  static constexpr bool kHasMinimum = false;
  static constexpr std::int64_t kRestBytes = 2;
  static float32x4_t scales(const std::byte*, const std::byte* rests) { return quad_halves(rests); }
};

// Scale and minimum are word 0.
struct WithScaleAndMinimum : Q8x32Panel {
  static constexpr bool kHasMinimum = true;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kOffset = 0;
  static float32x4_t scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(quad_word(words, 0));
  }
  static float32x4_t minimums(const std::byte* words) {
    return halves_of_high_words(quad_word(words, 0));
  }
};

// From word `first` on.
inline void nibble_codes(const std::byte* words, int first, int8x16_t* out) {
  for (int i = 0; i < 4; ++i) {
    const uint8x16_t word = quad_word(words, first + i);
    out[i] = low_nibbles(word);
    out[i + 4] = high_nibbles(word);
  }
}

// Adds 16 to the codes whose bit in the words is set: bits 4c to 4c + 3 are those of codes[c].
inline void add_fifth_bits(uint8x16_t bits, int8x16_t* codes) {
  const uint8x16_t low = vreinterpretq_u8_u32(vdupq_n_u32(0x08040201));
  const uint8x16_t high = vshlq_n_u8(low, 4);
  for (int c = 0; c < 8; ++c) {
    const std::uint32_t byte = 0x01010101u * static_cast<std::uint32_t>(c / 2);
    const std::uint32_t row[4] = {byte, byte + 0x04040404u, byte + 0x08080808u, byte + 0x0c0c0c0cu};
    const uint8x16_t spread = vqtbl1q_u8(bits, vreinterpretq_u8_u32(vld1q_u32(row)));
    const uint8x16_t is_set = vtstq_u8(spread, c % 2 == 0 ? low : high);
    codes[c] = vorrq_s8(codes[c], masked(is_set, 16));
  }
}

struct Q8_0Panel : WithScaleApart {
  static constexpr std::int64_t kWords = 8;
  static constexpr int kOffset = 0;
  static void codes(const std::byte* words, int8x16_t* out) {
    for (int i = 0; i < 8; ++i) out[i] = vreinterpretq_s8_u8(quad_word(words, i));
  }
};

struct Q4_0Panel : WithScaleApart {
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = 8;
  static void codes(const std::byte* words, int8x16_t* out) { nibble_codes(words, 0, out); }
};

struct Q4_1Panel : WithScaleAndMinimum {
  static constexpr std::int64_t kWords = 5;
  static void codes(const std::byte* words, int8x16_t* out) { nibble_codes(words, 1, out); }
};

struct Q5_0Panel : WithScaleApart {
  static constexpr std::int64_t kWords = 5;
  static constexpr int kOffset = 16;
  static void codes(const std::byte* words, int8x16_t* out) {
    nibble_codes(words, 1, out);
    add_fifth_bits(quad_word(words, 0), out);
  }
};

struct Q5_1Panel : WithScaleAndMinimum {
  static constexpr std::int64_t kWords = 6;
  static void codes(const std::byte* words, int8x16_t* out) {
    nibble_codes(words, 2, out);
    add_fifth_bits(quad_word(words, 1), out);
  }
};

struct IQ4_NLPanel : WithScaleApart {
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = 0;
  static void codes(const std::byte* words, int8x16_t* out) {
    nibble_codes(words, 0, out);
    for (int i = 0; i < 8; ++i) out[i] = look_up(kIq4Levels, out[i]);
  }
};

struct MXFP4Panel : Q8x32Panel {
  static constexpr std::int64_t kWords = 4;
  static constexpr std::int64_t kRestBytes = 1;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 0;
  static void codes(const std::byte* words, int8x16_t* out) {
    nibble_codes(words, 0, out);
    for (int i = 0; i < 8; ++i) out[i] = look_up(kE2M1Doubled, out[i]);
  }
  static float32x4_t scales(const std::byte*, const std::byte* rests) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(rests);
    const std::uint32_t exponents[4] = {bytes[0], bytes[1], bytes[2], bytes[3]};
    return powers_of_two(vld1q_u32(exponents));
  }
};

}  // namespace
}  // namespace bantam::kernels
