// UTF-8, read and repaired. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bantam {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;
inline constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // bytes
};

// The code point at `p` of text known to be valid UTF-8.
inline CodePoint read_valid_utf8(const char* p) {
  const auto byte = [p](int i) { return static_cast<char32_t>(static_cast<unsigned char>(p[i])); };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (first < 0xF0) return {(first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F),
          4};
}

// What begins at the start of some bytes: a whole character, the beginning of one that the bytes do
// not finish, or bytes that no valid text has (Unicode 15, section 3.9, table 3-7).
struct Utf8Step {
  enum class Kind { Character, Incomplete, Broken } kind = Kind::Character;
  char32_t value = 0;
  std::size_t length =
      0;  // of the character, or of the maximal broken or incomplete part; at least 1
};
Utf8Step read_utf8(std::string_view bytes);  // bytes are not empty

bool is_valid_utf8(std::string_view bytes);

// The bytes as text: each maximal broken part becomes one U+FFFD.
std::string repair_utf8(std::string_view bytes);

void append_utf8(std::string& text, char32_t value);
std::string to_utf8(char32_t value);
std::u32string to_code_points(std::string_view valid_text);

}  // namespace bantam
