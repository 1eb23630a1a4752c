// UTF-8 as names in files use it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bantam::formats {

// Whether the bytes are UTF-8 by RFC 3629: shortest forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text);

// Whether the text can name something: UTF-8, not empty, without control characters.
bool is_name(std::string_view text);

// Appends the encoding of a Unicode scalar value.
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace bantam::formats
