#include <algorithm>

#include "base/format.h"
#include "base/utf8.h"
#include "text/gotemplate/format_spec.h"
#include "text/gotemplate/literals.h"
#include "text/gotemplate/numbers.h"
#include "text/jinja/values/unicode.h"

namespace bantam::gotemplate {
namespace {

std::size_t character_count(std::string_view bytes) {
  std::size_t count = 0;
  for (; !bytes.empty(); ++count) bytes.remove_prefix(read_utf8(bytes).length);
  return count;
}

// Blanks (or zeros) around a text that is narrower than the width.
void pad(TextBuilder& out, const Text& text, const FormatSpec& spec) {
  const std::size_t width = static_cast<std::size_t>(spec.width.value_or(0));
  const std::size_t length = width == 0 ? 0 : character_count(text.bytes);
  const bool has_zeros = spec.zero && !spec.minus;
  const std::string fill(width > length ? width - length : 0, has_zeros ? '0' : ' ');
  if (!spec.minus) out.append(fill);
  out.append(text);
  if (spec.minus) out.append(fill);
}

void pad(TextBuilder& out, const std::string& bytes, Origin origin, const FormatSpec& spec) {
  Text text;
  text.append(bytes, origin);
  pad(out, text, spec);
}

std::string digits_of(std::uint64_t value, unsigned base, bool upper) {
  std::string digits;
  do {
    const auto digit = static_cast<char>(value % base);
    digits += digit < 10 ? static_cast<char>('0' + digit)
                         : static_cast<char>((upper ? 'A' : 'a') + digit - 10);
    value /= base;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// The number in some base, with its sign and as many zeros as the spec asks for.
void format_digits(TextBuilder& out, std::int64_t value, unsigned base, const FormatSpec& spec) {
  const bool is_negative = value < 0;
  const auto size = static_cast<std::uint64_t>(value);
  std::string digits = digits_of(is_negative ? 0 - size : size, base, spec.verb == 'X');
  const std::string sign = is_negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  std::string prefix = spec.verb == 'O' ? "0o" : "";
  if (spec.sharp) {
    prefix = base == 16  ? (spec.verb == 'X' ? "0X" : "0x")
             : base == 2 ? "0b"
             : base == 8 ? "0"
                         : "";
  }
  FormatSpec around = spec;
  around.zero = false;
  std::size_t least = 0;
  if (spec.precision) {
    least = static_cast<std::size_t>(*spec.precision);
    if (least == 0 && value == 0) {
      digits.clear();
      return pad(out, digits, Origin::Template, around);
    }
  } else if (spec.zero && !spec.minus && spec.width) {
    least = static_cast<std::size_t>(*spec.width) - std::min(sign.size(), std::size_t(*spec.width));
  }
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  pad(out, sign + prefix + digits, Origin::Template, around);
}

std::string character_text(std::int64_t value) {
  const bool is_valid = value >= 0 && value <= 0x10FFFF && !(value >= 0xD800 && value < 0xE000);
  return to_utf8(is_valid ? static_cast<char32_t>(value) : kReplacementCharacter);
}

std::string quoted_character(std::int64_t value) {
  const std::string character = character_text(value);
  if (character == "'") return "'\\''";
  if (character == "\"") return "'\"'";
  std::string result = go_quoted(character);
  result.front() = result.back() = '\'';
  return result;
}

std::string hexadecimal(std::string_view bytes, const FormatSpec& spec) {
  const char* const digits = spec.verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string result = spec.sharp && !bytes.empty() ? (spec.verb == 'X' ? "0X" : "0x") : "";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (spec.space && i > 0) result += spec.sharp ? (spec.verb == 'X' ? " 0X" : " 0x") : " ";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    (result += digits[byte >> 4]) += digits[byte & 15];
  }
  return result;
}

// The first `count` characters.
Text cut(const Text& text, std::size_t count) {
  std::size_t end = 0;
  while (count-- > 0 && end < text.bytes.size()) {
    end += read_utf8(std::string_view(text.bytes).substr(end)).length;
  }
  Text result;
  result.append(text, 0, end);
  return result;
}

}  // namespace

bool format_bool(TextBuilder& out, bool value, const FormatSpec& spec) {
  if (spec.verb != 't' && spec.verb != 'v') return false;
  pad(out, value ? "true" : "false", Origin::Template, spec);
  return true;
}

bool format_integer(TextBuilder& out, std::int64_t value, const FormatSpec& spec) {
  FormatSpec around = spec;
  around.zero = false;
  switch (spec.verb) {
    case 'v':
    case 'd':
      format_digits(out, value, 10, spec);
      return true;
    case 'b':
      format_digits(out, value, 2, spec);
      return true;
    case 'o':
    case 'O':
      format_digits(out, value, 8, spec);
      return true;
    case 'x':
    case 'X':
      format_digits(out, value, 16, spec);
      return true;
    case 'c':
      pad(out, character_text(value), Origin::Template, spec);
      return true;
    case 'q':
      pad(out, quoted_character(value), Origin::Template, spec);
      return true;
    case 'U': {
      std::string digits = digits_of(static_cast<std::uint64_t>(value), 16, true);
      const auto least = static_cast<std::size_t>(std::max(4, spec.precision.value_or(4)));
      if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
      pad(out, "U+" + digits, Origin::Template, around);
      return true;
    }
    default:
      return false;
  }
}

bool format_real(TextBuilder& out, double value, const FormatSpec& spec) {
  std::string number;
  const char verb = spec.verb == 'v' ? 'g' : spec.verb;
  if (std::string_view("gGeEfF").find(verb) == std::string_view::npos) return false;
  if ((verb == 'g' || verb == 'G') && !spec.precision) {
    number = shortest_number(value);
    if (verb == 'G') std::replace(number.begin(), number.end(), 'e', 'E');
  } else {
    number = precise_number(value, verb == 'F' ? 'f' : verb, spec.precision.value_or(6));
  }
  std::string sign = number.starts_with('-') ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (number.starts_with('-') || number.starts_with('+')) number.erase(0, 1);
  if (spec.zero && !spec.minus && spec.width) {
    const auto width = static_cast<std::size_t>(*spec.width);
    const std::size_t length = sign.size() + number.size();
    if (length < width) sign.append(width - length, '0');
  }
  pad(out, sign + number, Origin::User, spec);
  return true;
}

bool format_text(Runtime& runtime, TextBuilder& out, const Text& text, const FormatSpec& spec) {
  const bool is_cut = spec.precision && spec.verb != 'x' && spec.verb != 'X';
  const Text kept = is_cut ? cut(text, static_cast<std::size_t>(*spec.precision)) : Text();
  const Text& whole = is_cut ? kept : text;
  runtime.charge(text.bytes.size());
  switch (spec.verb) {
    case 'v':
    case 's':
      pad(out, whole, spec);
      return true;
    case 'q':
      runtime.charge_characters(whole.bytes.size());
      pad(out, go_quoted(whole.bytes), whole.origin(), spec);
      return true;
    case 'x':
    case 'X': {
      const auto most = static_cast<std::size_t>(spec.precision.value_or(INT32_MAX));
      const std::string_view bytes = std::string_view(text.bytes).substr(0, most);
      pad(out, hexadecimal(bytes, spec), text.origin(), spec);
      return true;
    }
    default:
      return false;
  }
}

}  // namespace bantam::gotemplate
