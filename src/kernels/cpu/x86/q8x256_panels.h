// Formats with blocks of 256 in panels, for every level that has words. Include a level's words.h
// and dot product of words first.
#pragma once

#include "kernels/cpu/x86/panel_words.h"
#include "kernels/cpu/x86/q8x256_formats.h"

namespace bantam::kernels {
namespace {

// A block is read in kSteps steps, each of kParts parts of 32 columns, in the order of kColumns. A
// format says, for one block of sixteen rows:
//   codes<part>(words, step, out): out[c] = codes 4c to 4c + 3 of each row, raised by kOffset
//   GroupScales::read(words): group scales, and minimums where it has them, as bytes of words, four
//     groups in each; pair(p) gives those of columns 32p on as pairs of 16-bit integers
//   scales(words, rests), minimum_scales(words)
// where `words` and `rests` are those of kernels/panels.h, in its order.

// What pick_bytes() needs to make pairs of part p.
constexpr unsigned kOne = 0x00010001;  // one group of 32 columns for both halves of a pair
constexpr unsigned kTwo = 0x00020002;  // two groups of 16 columns
inline Words unsigned_pair_of_32(const Words* groups, int p) {
  return pick_bytes(groups[p / 4], 0x80008000u + kOne * static_cast<unsigned>(p % 4));
}
inline Words signed_pair_of_32(const Words* groups, int p) {
  const auto k = static_cast<unsigned>(p % 4);
  return signed_right_16<8>(pick_bytes(groups[p / 4], 0x00800080u + kOne * (k << 8)));
}
inline Words unsigned_pair_of_16(const Words* groups, int p) {
  return pick_bytes(groups[p / 2], 0x80018000u + kTwo * static_cast<unsigned>(p % 2));
}
inline Words signed_pair_of_16(const Words* groups, int p) {
  const auto k = static_cast<unsigned>(p % 2);
  return signed_right_16<8>(pick_bytes(groups[p / 2], 0x01800080u + kTwo * (k << 8)));
}

// Eight scales and minimums of 6 bits in words 1 to 3 (Q4_K, Q5_K).
struct SixBitGroups {
  Words scales[2], minimums[2];
  void read(const std::byte* words) {
    const Words first = panel_word(words, 1);
    const Words second = panel_word(words, 2);
    const Words third = panel_word(words, 3);
    scales[0] = and_bytes(first, 63);
    minimums[0] = and_bytes(second, 63);
    scales[1] = or_words(low_nibbles(third), and_bytes(right_16<2>(first), 48));
    minimums[1] = or_words(high_nibbles(third), and_bytes(right_16<2>(second), 48));
  }
  Words pair(int p) const { return unsigned_pair_of_32(scales, p); }
  Words minimum_pair(int p) const { return unsigned_pair_of_32(minimums, p); }
};

struct Q4_KPanel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 15;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 36;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 4;
  static constexpr int kParts = 2;
  static constexpr int kColumns[] = {0, 1};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  using GroupScales = SixBitGroups;
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    for (int i = 0; i < 8; ++i) {
      const Words word = panel_word(words, 4 + step * 8 + i);
      out[i] = part == 0 ? low_nibbles(word) : high_nibbles(word);
    }
  }
  static RowFloats scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
  static RowFloats minimum_scales(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 0));
  }
};

// Bit `from + shift` of every byte as bit `to`.
template <int from, int to>
Words move_bit(Words x, int shift) {
  Words moved = right_16_by(x, shift);
  if constexpr (from < to) moved = left_16<to - from>(moved);
  if constexpr (from > to) moved = right_16<from - to>(moved);
  return and_bytes(moved, static_cast<char>(1 << to));
}

struct Q5_KPanel : Q4_KPanel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 31;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 44;
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    for (int i = 0; i < 8; ++i) {
      const Words word = panel_word(words, 12 + step * 8 + i);
      const Words nibbles = part == 0 ? low_nibbles(word) : high_nibbles(word);
      const Words fifth = move_bit<part, 4>(panel_word(words, 4 + i), 2 * step);
      out[i] = or_words(nibbles, fifth);
    }
  }
};

struct Q6_KPanel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 63;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 52;
  static constexpr std::int64_t kRestBytes = 2;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 32;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    Words scales[4];
    void read(const std::byte* words) {
      for (int i = 0; i < 4; ++i) scales[i] = panel_word(words, i);
    }
    Words pair(int p) const { return signed_pair_of_16(scales, p); }
  };
  // Columns 0 to 31 and 64 to 95 of a half share bytes, then 32 to 63 and 96 to 127.
  static constexpr int kColumns[] = {0, 2, 1, 3};
  template <int column>
  static Words high_bits(Words word) {
    if constexpr (column == 0) return and_bytes(left_16<4>(word), 48);
    if constexpr (column == 1) return and_bytes(left_16<2>(word), 48);
    if constexpr (column == 2) return and_bytes(word, 48);
    if constexpr (column == 3) return and_bytes(right_16<2>(word), 48);
  }
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    const std::byte* half = words + (4 + 24 * step) * 64;
    for (int i = 0; i < 8; ++i) {
      const Words word = panel_word(half, part < 2 ? 2 * i : 16 + i);
      const Words low = part % 2 == 0 ? low_nibbles(word) : high_nibbles(word);
      out[i] = or_words(low, high_bits<kColumns[part]>(panel_word(half, 2 * i + 1)));
    }
  }
  static RowFloats scales(const std::byte*, const std::byte* rests) { return row_halves(rests); }
};

// Codes of two bits: a word holds those of four parts.
template <int part>
Words two_bits(Words word) {
  return and_bytes(right_16<part * 2>(word), 3);
}

struct Q2_KPanel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 3;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 21;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 0;
  static constexpr bool kHasMinimum = true;
  struct GroupScales {
    Words scales[4], minimums[4];
    void read(const std::byte* words) {
      for (int i = 0; i < 4; ++i) {
        scales[i] = low_nibbles(panel_word(words, i));
        minimums[i] = high_nibbles(panel_word(words, i));
      }
    }
    Words pair(int p) const { return unsigned_pair_of_16(scales, p); }
    Words minimum_pair(int p) const { return unsigned_pair_of_16(minimums, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    for (int i = 0; i < 8; ++i) out[i] = two_bits<part>(panel_word(words, 5 + 8 * step + i));
  }
  static RowFloats scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 4));
  }
  static RowFloats minimum_scales(const std::byte* words) {
    return halves_of_high_words(panel_word(words, 4));
  }
};

struct Q3_KPanel {
  static constexpr bool kSigned = false;
  static constexpr int kLargestCode = 7;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 27;
  static constexpr std::int64_t kRestBytes = 2;
  static constexpr int kSteps = 2;
  static constexpr int kParts = 4;
  static constexpr int kColumns[] = {0, 1, 2, 3};
  static constexpr int kGroup = 16;
  static constexpr int kOffset = 4;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    Words scales[4];
    void read(const std::byte* words) {
      const Words first = panel_word(words, 0);
      const Words second = panel_word(words, 1);
      const Words high = panel_word(words, 2);
      const auto join = [](Words low, Words top) {
        return add_to_bytes(or_words(low, and_bytes(top, 48)), -32);
      };
      scales[0] = join(low_nibbles(first), left_16<4>(high));
      scales[1] = join(low_nibbles(second), left_16<2>(high));
      scales[2] = join(high_nibbles(first), high);
      scales[3] = join(high_nibbles(second), right_16<2>(high));
    }
    Words pair(int p) const { return signed_pair_of_16(scales, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    for (int i = 0; i < 8; ++i) {
      const Words third = move_bit<part, 2>(panel_word(words, 3 + i), 4 * step);
      out[i] = or_words(two_bits<part>(panel_word(words, 11 + 8 * step + i)), third);
    }
  }
  static RowFloats scales(const std::byte*, const std::byte* rests) { return row_halves(rests); }
};

struct IQ4_XSPanel {
  static constexpr bool kSigned = true;
  static constexpr int kLargestCode = 128;
  static constexpr std::int64_t kBlockSize = 256;
  static constexpr std::int64_t kWords = 34;
  static constexpr std::int64_t kRestBytes = 0;
  static constexpr int kSteps = 8;
  static constexpr int kParts = 1;
  static constexpr int kColumns[] = {0};
  static constexpr int kGroup = 32;
  static constexpr int kOffset = kSignedCodesOffset;
  static constexpr bool kHasMinimum = false;
  struct GroupScales {
    Words scales[2];
    void read(const std::byte* words) {
      const Words high = panel_word(words, 0);
      const Words low = panel_word(words, 1);
      scales[0] = join(pick_bytes(low, 0x01010000), pick_bytes(high, 0x02020202));
      scales[1] = join(pick_bytes(low, 0x03030202), pick_bytes(high, 0x03030303));
    }
    // Byte k gets nibble k % 2 of its low byte and bits 2k and 2k + 1 of its high byte.
    static Words join(Words low, Words high) {
      const Words nibbles =
          or_words(and_words(low, 0x000f000f), and_words(right_32<4>(low), 0x0f000f00));
      const Words first = or_words(and_words(left_32<4>(high), 0x00000030),
                                   and_words(left_32<2>(high), 0x00003000));
      const Words last =
          or_words(and_words(high, 0x00300000), and_words(right_32<2>(high), 0x30000000));
      return add_to_bytes(or_words(nibbles, or_words(first, last)), -32);
    }
    Words pair(int p) const { return signed_pair_of_32(scales, p); }
  };
  template <int part>
  static void codes(const std::byte* words, int step, Words* out) {
    for (int i = 0; i < 4; ++i) {
      const Words word = panel_word(words, 2 + 4 * step + i);
      out[i] = level(low_nibbles(word));
      out[i + 4] = level(high_nibbles(word));
    }
  }
  static Words level(Words nibbles) { return raise_signed(look_up(kIq4Levels, nibbles)); }
  static RowFloats scales(const std::byte* words, const std::byte*) {
    return halves_of_low_words(panel_word(words, 0));
  }
};

}  // namespace
}  // namespace bantam::kernels
