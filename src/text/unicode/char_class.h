// Character classes that pre-tokenizers ask for, as bits of one table look-up. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace bantam::text {

using CharClass = std::uint16_t;
inline constexpr CharClass kLetter = 1 << 0;          // \p{L}
inline constexpr CharClass kNumber = 1 << 1;          // \p{N}
inline constexpr CharClass kSpace = 1 << 2;           // property White_Space
inline constexpr CharClass kMark = 1 << 3;            // \p{M}
inline constexpr CharClass kPunctuation = 1 << 4;     // \p{P}
inline constexpr CharClass kSymbol = 1 << 5;          // \p{S}
inline constexpr CharClass kUpperish = 1 << 6;        // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
inline constexpr CharClass kLowerish = 1 << 7;        // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
inline constexpr CharClass kNonspacingMark = 1 << 8;  // \p{Mn}
inline constexpr CharClass kOther = 1 << 9;           // \p{C} but for unassigned code points
inline constexpr CharClass kWord = 1 << 10;           // \w of Unicode TR 18
inline constexpr CharClass kLineBreak = 1 << 11;      // carriage return or line feed

// Two-stage table over all code points; equal pages are stored once.
class CharClassTable {
 public:
  CharClassTable();
  CharClass operator[](char32_t value) const {
    return pages_[static_cast<std::size_t>(page_of_[value >> 8]) << 8 | (value & 0xFF)];
  }

 private:
  std::array<std::uint16_t, 0x110000 / 256> page_of_{};
  std::vector<CharClass> pages_;
};

// Built at the first call, a few milliseconds; loops keep the reference.
const CharClassTable& char_classes();

}  // namespace bantam::text
