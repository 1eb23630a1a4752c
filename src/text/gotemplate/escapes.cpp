#include "text/gotemplate/escapes.h"

#include <cstdio>

#include "base/utf8.h"
#include "text/jinja/values/unicode.h"

namespace bantam::gotemplate {
namespace {

void append_number(std::string& out, const char* pattern, unsigned value) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, pattern, value);
  out += buffer;
}

}  // namespace

std::string escaped_for_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += kReplacementText;
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escaped_for_javascript(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto step = read_utf8(text);
    const bool is_broken = step.kind != Utf8Step::Kind::Character;
    const char32_t value = is_broken ? kReplacementCharacter : step.value;
    const std::size_t length = is_broken ? 1 : step.length;
    if (value == '\\' || value == '\'' || value == '"') {
      (out += '\\') += static_cast<char>(value);
    } else if (value < 0x20 || value == '<' || value == '>' || value == '&' || value == '=') {
      append_number(out, "\\u%04X", static_cast<unsigned>(value));
    } else if (value < 0x80 || jinja::is_printable(value)) {
      out += text.substr(0, length);
    } else {
      append_number(out, "\\u%04X", static_cast<unsigned>(value));
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string escaped_for_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (is_plain || c == ' ') {
      out += is_plain ? c : '+';
    } else {
      append_number(out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace bantam::gotemplate
