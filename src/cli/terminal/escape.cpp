#include "cli/terminal/escape.h"

#include <utf8proc.h>

#include <cstdint>

namespace bantam::cli {
namespace {

// The next character and its bytes; a byte that begins no valid character stands alone with code
// -1.
struct Character {
  utf8proc_int32_t code;
  std::string_view bytes;
};

Character take_character(std::string_view& text) {
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code);
  const std::size_t count = length > 0 ? static_cast<std::size_t>(length) : 1;
  const Character result{length > 0 ? code : -1, text.substr(0, count)};
  text.remove_prefix(count);
  return result;
}

bool is_control(std::int32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

// Bidi_Control of Unicode's PropList, and the separators that some terminals treat as line ends.
bool reorders_text(std::int32_t code) {
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kHex[value >> shift & 15u];
}

std::string escaped(std::string_view text, std::string_view passing) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code, bytes] = take_character(text);
    if (bytes.size() == 1 && passing.find(bytes[0]) != std::string_view::npos) {
      out += bytes;
    } else if (code < 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(bytes[0]), 2);
    } else if (is_control(code)) {
      out += "\\x";
      append_hex(out, static_cast<std::uint32_t>(code), 2);
    } else if (reorders_text(code)) {
      out += "\\u";
      append_hex(out, static_cast<std::uint32_t>(code), 4);
    } else {
      out += bytes;
    }
  }
  return out;
}

std::size_t width_of(const Character& character) {
  if (character.code < 0) return 1;
  const int width = utf8proc_charwidth(character.code);
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

}  // namespace

std::string escaped_for_terminal(std::string_view text) { return escaped(text, "\n\t"); }

std::string escaped_line(std::string_view text) { return escaped(text, ""); }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_character(text));
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string out;
  std::size_t width = 1;  // of the ellipsis
  while (!text.empty()) {
    const Character character = take_character(text);
    width += width_of(character);
    if (width > columns) break;
    out += character.bytes;
  }
  return out + "…";
}

}  // namespace bantam::cli
