// Formats with blocks of 32 in panels, for every level that has words. Include a level's words.h
// and dot product of words first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x32_formats.h"

namespace bantam::kernels {
namespace {

// A format says, for one block of sixteen rows:
//   codes(words, out): out[c] = codes 4c to 4c + 3 of each row, raised by kOffset
//   scales(words, rests), minimums(words)
// where `words` and `rests` are those of kernels/panels.h.

struct WithScaleApart {
  static constexpr bool kHasMinimum = false;
  static constexpr std::int64_t kRestBytes = 2;
  static RowFloats scales(const std::byte*, const std::byte* rests) { return row_halves(rests); }
};

// Scale and minimum are word 0.
struct WithScaleAndMinimum {
  static constexpr bool kHasMinimum = true;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kOffset = 0;
  static RowFloats scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
  static RowFloats minimums(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 0));
  }
};

inline void nibble_codes(const std::byte* words, Words* out) {
  for (int i = 0; i < 4; ++i) {
    const Words word = panel_word(words, i);
    out[i] = low_nibbles(word);
    out[i + 4] = high_nibbles(word);
  }
}

// Bits 4c to 4c + 3 of each word as 16 in its four bytes.
template <int c>
Words spread_fifth_bits(Words bits) {
  const Words four = and_words(right_32<4 * c>(bits), 15);
  return and_bytes(multiply_32(four, splat_int(0x02040810)), 16);
}

template <int c = 0>
void add_fifth_bits(Words bits, Words* codes) {
  if constexpr (c < 8) {
    codes[c] = or_words(codes[c], spread_fifth_bits<c>(bits));
    add_fifth_bits<c + 1>(bits, codes);
  }
}

struct Q8_0Panel : WithScaleApart {
  static constexpr bool kSigned = true;
  static constexpr int kLargestCode = 128;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 8;
  static constexpr int kOffset = kSignedCodesOffset;
  static void codes(const std::byte* words, Words* out) {
    for (int i = 0; i < 8; ++i) {
      out[i] = raise_signed(panel_word(words, i));
    }
  }
};

struct Q4_0Panel : WithScaleApart {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 15;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = 8;
  static void codes(const std::byte* words, Words* out) { nibble_codes(words, out); }
};

struct Q4_1Panel : WithScaleAndMinimum {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 15;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 5;
  static void codes(const std::byte* words, Words* out) { nibble_codes(words + 64, out); }
};

struct Q5_0Panel : WithScaleApart {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 31;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 5;
  static constexpr int kOffset = 16;
  static void codes(const std::byte* words, Words* out) {
    nibble_codes(words + 64, out);
    add_fifth_bits(panel_word(words, 0), out);
  }
};

struct Q5_1Panel : WithScaleAndMinimum {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 31;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 6;
  static void codes(const std::byte* words, Words* out) {
    nibble_codes(words + 128, out);
    add_fifth_bits(panel_word(words, 1), out);
  }
};

struct IQ4_NLPanel : WithScaleApart {
  static constexpr bool kSigned = true;
  static constexpr int kLargestCode = 128;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr int kOffset = kSignedCodesOffset;
  static void codes(const std::byte* words, Words* out) {
    nibble_codes(words, out);
    for (int i = 0; i < 8; ++i) {
      out[i] = raise_signed(look_up(kIq4Levels, out[i]));
    }
  }
};

struct MXFP4Panel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 24;
  static constexpr std::int64_t kBlockSize = 32;
  static constexpr std::int64_t kWords = 4;
  static constexpr std::int64_t kRestBytes = 1;
  static constexpr bool kHasMinimum = false;
  static constexpr int kOffset = 12;
  static void codes(const std::byte* words, Words* out) {
    nibble_codes(words, out);
    for (int i = 0; i < 8; ++i) {
      out[i] = add_to_bytes(look_up(kE2M1Doubled, out[i]), 12);
    }
  }
  static RowFloats scales(const std::byte*, const std::byte* rests) {
    return row_powers_of_two(rests);
  }
};

}  // namespace
}  // namespace bantam::kernels
