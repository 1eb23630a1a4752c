#include "text/gotemplate/literals.h"

#include <charconv>
#include <cstdio>

#include "base/utf8.h"
#include "text/jinja/values/unicode.h"

namespace bantam::gotemplate {
namespace {

constexpr std::string_view kEscapes = "abfnrtv\\";
constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\";

std::optional<std::uint64_t> digits_value(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// The escape that `text` begins with, appended to `out`; its length, or 0 if it is none.
std::size_t read_escape(std::string_view text, char quote, std::string& out) {
  if (text.size() < 2) return 0;
  const char kind = text[1];
  if (const std::size_t simple = kEscapes.find(kind); simple != std::string_view::npos) {
    out += kEscaped[simple];
    return 2;
  }
  if (kind == quote) {
    out += quote;
    return 2;
  }
  const bool is_octal = kind >= '0' && kind <= '7';
  const std::size_t skip = is_octal ? 1 : 2;
  const std::size_t count = is_octal ? 3 : kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (count == 0 || text.size() < skip + count) return 0;
  const auto value = digits_value(text.substr(skip, count), is_octal ? 8 : 16);
  if (!value) return 0;
  if (is_octal || kind == 'x') {
    if (*value > 255) return 0;
    out += static_cast<char>(*value);
    return skip + count;
  }
  if (*value > 0x10FFFF || (*value >= 0xD800 && *value < 0xE000)) return 0;
  append_utf8(out, static_cast<char32_t>(*value));
  return skip + count;
}

// A character constant by number, as '\x80', is the character of that number.
bool is_one_character(std::string& content, std::string_view inner) {
  if (content.size() == 1 && inner.front() == '\\') {
    content = to_utf8(static_cast<unsigned char>(content[0]));
  }
  return !content.empty() && is_valid_utf8(content) && jinja::count_code_points(content) == 1;
}

// An underscore may stand between digits only.
std::optional<std::string> without_underscores(std::string_view digits) {
  std::string plain;
  char before = '_';
  for (const char c : digits) {
    if (c == '_' && before == '_') return std::nullopt;
    if (c != '_') plain += c;
    before = c;
  }
  if (before == '_') return std::nullopt;
  return plain;
}

}  // namespace

std::size_t quoted_length(std::string_view text) {
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    if (quote == '`') continue;
    if (text[at] == '\n') return 0;
    if (text[at] == '\\' && (++at == text.size() || text[at] == '\n')) return 0;
  }
  return 0;
}

std::optional<std::string> unquoted(std::string_view literal) {
  const char quote = literal.front();
  const std::string_view inner = literal.substr(1, literal.size() - 2);
  std::string content;
  for (std::size_t at = 0; at < inner.size();) {
    if (quote == '`' || inner[at] != '\\') {
      if (quote != '`' || inner[at] != '\r') content += inner[at];
      ++at;
      continue;
    }
    const std::size_t length = read_escape(inner.substr(at), quote, content);
    if (length == 0) return std::nullopt;
    at += length;
  }
  if (quote == '\'' && (inner.empty() || !is_one_character(content, inner))) return std::nullopt;
  return content;
}

std::size_t number_length(std::string_view text) {
  std::size_t at = 0;
  const auto accept = [&](std::string_view characters) {
    if (at == text.size() || characters.find(text[at]) == std::string_view::npos) return false;
    ++at;
    return true;
  };
  accept("+-");
  std::string_view digits = "0123456789_";
  if (accept("0")) {
    if (accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (accept("oO")) {
      digits = "01234567_";
    } else if (accept("bB")) {
      digits = "01_";
    }
  }
  while (accept(digits)) {
  }
  if (accept(".")) {
    while (accept(digits)) {
    }
  }
  const bool has_exponent =
      (digits.size() == 11 && accept("eE")) || (digits.size() == 23 && accept("pP"));
  if (has_exponent) {
    accept("+-");
    while (accept("0123456789_")) {
    }
  }
  return at;
}

std::optional<std::int64_t> integer_constant(std::string_view literal) {
  const bool is_negative = literal.starts_with('-');
  if (is_negative || literal.starts_with('+')) literal.remove_prefix(1);
  int base = 10;
  if (literal.size() > 1 && literal[0] == '0') {
    const char kind = static_cast<char>(literal[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    literal.remove_prefix(kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1);
    if (literal.starts_with('_')) literal.remove_prefix(1);
  }
  const auto digits = without_underscores(literal);
  if (!digits) return std::nullopt;
  const auto value = digits_value(*digits, base);
  constexpr std::uint64_t kMost = INT64_MAX;
  if (!value || *value > kMost + (is_negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(is_negative ? 0 - *value : *value);
}

std::optional<double> real_constant(std::string_view literal) {
  const bool is_negative = literal.starts_with('-');
  if (is_negative || literal.starts_with('+')) literal.remove_prefix(1);
  const bool is_hex = literal.starts_with("0x") || literal.starts_with("0X");
  if (literal.find_first_of(is_hex ? "pP" : ".eE") == std::string_view::npos) return std::nullopt;
  if (is_hex) literal.remove_prefix(2);
  if (literal.find('_') != std::string_view::npos) return std::nullopt;
  double value = 0;
  const char* const end = literal.data() + literal.size();
  const auto [stop, error] = std::from_chars(
      literal.data(), end, value, is_hex ? std::chars_format::hex : std::chars_format::general);
  if (error != std::errc() || stop != end) return std::nullopt;
  return is_negative ? -value : value;
}

std::string go_quoted(std::string_view bytes) {
  std::string out = "\"";
  char buffer[16];
  while (!bytes.empty()) {
    const auto step = read_utf8(bytes);
    const std::string_view part = bytes.substr(0, step.length);
    const auto code = static_cast<unsigned>(step.value);
    const std::size_t simple = kEscaped.find(part.front());
    if (step.kind != Utf8Step::Kind::Character) {
      for (const char byte : part) {
        std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned char>(byte));
        out += buffer;
      }
    } else if (code == '"') {
      out += "\\\"";
    } else if (simple != std::string_view::npos) {
      (out += '\\') += kEscapes[simple];
    } else if (jinja::is_printable(step.value)) {
      out += part;
    } else {
      const char* const pattern = code < 0x20 || code == 0x7F ? "\\x%02x"
                                  : code < 0x10000            ? "\\u%04x"
                                                              : "\\U%08x";
      std::snprintf(buffer, sizeof buffer, pattern, code);
      out += buffer;
    }
    bytes.remove_prefix(step.length);
  }
  return out + "\"";
}

}  // namespace bantam::gotemplate
