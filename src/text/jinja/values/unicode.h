// Characters as Python's str sees them: code points, their case and their classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bantam::jinja {

// One code point of valid UTF-8 and its length in bytes.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;
};
CodePoint decode_at(std::string_view bytes, std::size_t at);
CodePoint decode_before(std::string_view bytes, std::size_t end);  // the one that ends at `end`

void append_utf8(std::string& out, char32_t code_point);
std::size_t count_code_points(std::string_view bytes);

// The bytes with every invalid sequence replaced by U+FFFD.
std::string valid_utf8(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);

// Classes, as str.isspace, isalpha, ... have them for one character.
bool is_space(char32_t c);
bool is_alpha(char32_t c);
bool is_decimal(char32_t c);
bool is_digit(char32_t c);
bool is_numeric(char32_t c);
bool is_printable(char32_t c);
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_cased(char32_t c);
bool is_identifier(std::string_view bytes);

// Full case mappings of Unicode, final sigma included.
std::string to_upper(std::string_view bytes);
std::string to_lower(std::string_view bytes);
std::string to_title(
    std::string_view bytes);  // str.title(): a word starts after any uncased character
std::string to_capitalized(std::string_view bytes);
std::string swap_case(std::string_view bytes);
std::string fold_case(std::string_view bytes);

}  // namespace bantam::jinja
