// Formats with blocks of 256 in panels.
#pragma once

#include "kernels/cpu/dotprod/quad_words.h"
#include "kernels/cpu/neon/q8x256_formats.h"

namespace bantam::kernels {
namespace {

// A block is read in kSteps steps, each of kParts parts of 32 columns, in the order of kColumns. A
// format says, for one block of four rows:
//   codes<part>(words, step, out): out[c] = codes 4c to 4c + 3 of each row, kOffset above its own
//   Groups(words): scales of groups as bytes of words, four groups in each; minimums where it has
//     them
//   scales(words, rests), minimum_scales(words)
// where `words` and `rests` are those of kernels/panels.h, in its order.

struct Q8x256Panel {
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr bool kHasMinimum = false;
  static constexpr bool kAlternates = false;  // whether scales[0] is of even groups, [1] of odd
};

struct WithSuperScaleApart : Q8x256Panel {
  static constexpr std::int64_t kRestBytes = 2;
  static float32x4_t scales(const std::byte*, const std::byte* rests) { return quad_halves(rests); }
};

inline int8x16_t join(int8x16_t low, uint8x16_t high) { return vorrq_s8(low, masked(high, 48)); }

struct Q4_KPanel : Q8x256Panel {
  static constexpr std::int64_t kWords = 36;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 4;
  static constexpr int kParts = 2;
  static constexpr int kColumns[] = {0, 1};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  struct Groups {
    int8x16_t scales[2], minimums[2];
    explicit Groups(const std::byte* words) {
      const uint8x16_t first = quad_word(words, 1);
      const uint8x16_t second = quad_word(words, 2);
      const uint8x16_t third = quad_word(words, 3);
      scales[0] = masked(first, 63);
      minimums[0] = masked(second, 63);
      scales[1] = join(low_nibbles(third), vshrq_n_u8(first, 2));
      minimums[1] = join(high_nibbles(third), vshrq_n_u8(second, 2));
    }
  };
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    for (int i = 0; i < 8; ++i) {
      const uint8x16_t word = quad_word(words, 4 + step * 8 + i);
      out[i] = part == 0 ? low_nibbles(word) : high_nibbles(word);
    }
  }
  static float32x4_t scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(quad_word(words, 0));
  }
  static float32x4_t minimum_scales(const std::byte* words) {
    return halves_of_high_words(quad_word(words, 0));
  }
};

// Bit `from` of every byte as bit `to`.
inline int8x16_t move_bit(uint8x16_t bytes, int from, int to) {
  const uint8x16_t moved = vshlq_u8(bytes, vdupq_n_s8(static_cast<std::int8_t>(to - from)));
  return masked(moved, static_cast<std::uint8_t>(1 << to));
}

struct Q5_KPanel : Q4_KPanel {
  static constexpr std::int64_t kWords = 44;
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    for (int i = 0; i < 8; ++i) {
      const uint8x16_t word = quad_word(words, 12 + step * 8 + i);
      const int8x16_t nibbles = part == 0 ? low_nibbles(word) : high_nibbles(word);
      out[i] = vorrq_s8(nibbles, move_bit(quad_word(words, 4 + i), part + 2 * step, 4));
    }
  }
};

struct Q6_KPanel : WithSuperScaleApart {
  static constexpr std::int64_t kWords = 52;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  // Columns 0 to 31 and 64 to 95 of a half share bytes, then 32 to 63 and 96 to 127.
  static constexpr int kColumns[] = {0, 2, 1, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 32;
  struct Groups {
    int8x16_t scales[4];
    explicit Groups(const std::byte* words) {
      for (int i = 0; i < 4; ++i) scales[i] = vreinterpretq_s8_u8(quad_word(words, i));
    }
  };
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    const std::byte* half = words + (4 + 24 * step) * 64;
    for (int i = 0; i < 8; ++i) {
      const uint8x16_t word = quad_word(half, part < 2 ? 2 * i : 16 + i);
      const uint8x16_t high = quad_word(half, 2 * i + 1);
      const int8x16_t low = part % 2 == 0 ? low_nibbles(word) : high_nibbles(word);
      if constexpr (kColumns[part] == 0) out[i] = join(low, vshlq_n_u8(high, 4));
      if constexpr (kColumns[part] == 1) out[i] = join(low, vshlq_n_u8(high, 2));
      if constexpr (kColumns[part] == 2) out[i] = join(low, high);
      if constexpr (kColumns[part] == 3) out[i] = join(low, vshrq_n_u8(high, 2));
    }
  }
};

struct Q2_KPanel : Q8x256Panel {
  static constexpr std::int64_t kWords = 21;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  struct Groups {
    int8x16_t scales[4], minimums[4];
    explicit Groups(const std::byte* words) {
      for (int i = 0; i < 4; ++i) {
        scales[i] = low_nibbles(quad_word(words, i));
        minimums[i] = high_nibbles(quad_word(words, i));
      }
    }
  };
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    for (int i = 0; i < 8; ++i) out[i] = two_bits<2 * part>(quad_word(words, 5 + 8 * step + i));
  }
  static float32x4_t scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(quad_word(words, 4));
  }
  static float32x4_t minimum_scales(const std::byte* words) {
    return halves_of_high_words(quad_word(words, 4));
  }
};

struct Q3_KPanel : WithSuperScaleApart {
  static constexpr std::int64_t kWords = 27;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 4;
  struct Groups {
    int8x16_t scales[4];
    explicit Groups(const std::byte* words) {
      const uint8x16_t first = quad_word(words, 0);
      const uint8x16_t second = quad_word(words, 1);
      const uint8x16_t high = quad_word(words, 2);
      scales[0] = join(low_nibbles(first), vshlq_n_u8(high, 4));
      scales[1] = join(low_nibbles(second), vshlq_n_u8(high, 2));
      scales[2] = join(high_nibbles(first), high);
      scales[3] = join(high_nibbles(second), vshrq_n_u8(high, 2));
      for (int8x16_t& four : scales) four = vsubq_s8(four, vdupq_n_s8(32));
    }
  };
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    for (int i = 0; i < 8; ++i) {
      const int8x16_t low = two_bits<2 * part>(quad_word(words, 11 + 8 * step + i));
      out[i] = vorrq_s8(low, move_bit(quad_word(words, 3 + i), part + 4 * step, 2));
    }
  }
};

struct IQ4_XSPanel : Q8x256Panel {
  static constexpr std::int64_t kWords = 34;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 8;
  static constexpr int kParts = 1;
  static constexpr int kColumns[] = {0};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = 0;
  static constexpr bool kAlternates = true;
  struct Groups {
    int8x16_t scales[2];
    explicit Groups(const std::byte* words) {
      // The two bytes of high bits, each twice: of groups 0 to 3 and 4 to 7.
      const std::uint32_t bytes[4] = {0x03030202, 0x07070606, 0x0b0b0a0a, 0x0f0f0e0e};
      const uint8x16_t pick = vreinterpretq_u8_u32(vld1q_u32(bytes));
      const uint8x16_t high = vqtbl1q_u8(quad_word(words, 0), pick);
      const uint8x16_t low = quad_word(words, 1);
      const auto moved = [high](std::int16_t shifts) {  // of a byte and of the next
        return vshlq_u8(high, vreinterpretq_s8_s16(vdupq_n_s16(shifts)));
      };
      scales[0] = join(low_nibbles(low), moved(4));
      scales[1] = join(high_nibbles(low), moved(static_cast<std::int16_t>(0xfe02)));
      for (int8x16_t& four : scales) four = vsubq_s8(four, vdupq_n_s8(32));
    }
  };
  template <int part>
  static void codes(const std::byte* words, int step, int8x16_t* out) {
    for (int i = 0; i < 4; ++i) {
      const uint8x16_t word = quad_word(words, 2 + 4 * step + i);
      out[i] = look_up(kIq4Levels, low_nibbles(word));
      out[i + 4] = look_up(kIq4Levels, high_nibbles(word));
    }
  }
  static float32x4_t scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(quad_word(words, 0));
  }
};

}  // namespace
}  // namespace bantam::kernels
