#include "text/jinja/builtins/layout.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/format.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

std::string upper_ascii(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 0x20);
  }
  return text;
}

// Puts `grouping` between each three digits before the point.
std::string grouped(const std::string& digits, char grouping) {
  const std::size_t whole = std::min(digits.find_first_of(".e"), digits.size());
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out += grouping;
    out += digits[i];
  }
  return out;
}

std::string sign_of(bool negative, const Layout& layout) {
  if (negative) return "-";
  return layout.sign == '-' ? "" : std::string(1, layout.sign);
}

}  // namespace

bool is_one_of(char c, std::string_view set) {
  return c != 0 && set.find(c) != std::string_view::npos;
}

Value lay_out(Runtime& runtime, const Layout& layout, const std::string& sign, const Text& body,
              char align) {
  const std::size_t length =
      sign.size() + (body.ascii ? body.bytes.size() : count_code_points(body.bytes));
  const std::size_t width = static_cast<std::size_t>(layout.width);
  const std::size_t missing = width > length ? width - length : 0;
  const std::size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  Text fill;
  fill.append(layout.fill,
              layout.fill == " " || layout.fill == "0" ? Origin::Template : Origin::User);
  TextBuilder out(runtime);
  if (align == '=') out.append(sign);
  out.append_repeated(fill, left);
  if (align != '=') out.append(sign);
  out.append(body);
  out.append_repeated(fill, missing - left);
  return out.value();
}

Number integer_number(Integer value, const Layout& layout) {
  const char type = layout.type == 0 ? 'd' : layout.type;
  const int base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
  std::string digits = print_magnitude(value, base);
  if (layout.precision > static_cast<int>(digits.size())) {
    digits.insert(0, static_cast<std::size_t>(layout.precision) - digits.size(), '0');
  }
  if (layout.grouping != 0) digits = grouped(digits, layout.grouping);
  if (layout.alternate && base != 10)
    digits = std::string("0") + (base == 16 ? "x" : base == 8 ? "o" : "b") + digits;
  if (type == 'X') digits = upper_ascii(digits);
  return {sign_of(value < 0, layout), digits};
}

Number real_number(double value, const Layout& layout) {
  const bool negative = std::signbit(value) && !std::isnan(value);
  const double magnitude = std::fabs(value);
  std::string digits;
  if (layout.type == 0 && layout.precision < 0) {
    digits = print_float(magnitude);
  } else {
    char kind = layout.type == 0 ? 'g' : layout.type == '%' ? 'f' : layout.type;
    const int precision = layout.precision < 0 ? 6 : layout.precision;
    digits = print_real(layout.type == '%' ? magnitude * 100 : magnitude, kind, precision,
                        layout.alternate);
    if (layout.type == '%') digits += '%';
  }
  if (layout.grouping != 0) digits = grouped(digits, layout.grouping);
  return {sign_of(negative, layout), digits};
}

Value laid_out_number(Runtime& runtime, const Layout& layout, const Number& number) {
  Text body;
  body.append(number.digits, Origin::Template);
  return lay_out(runtime, layout, number.sign, body, layout.align == 0 ? '>' : layout.align);
}

Value laid_out_text(Runtime& runtime, const Layout& layout, const TextPtr& text) {
  Text body;
  std::size_t end = text->bytes.size();
  if (layout.precision >= 0) {
    end = 0;
    for (int i = 0; i < layout.precision && end < text->bytes.size(); ++i) {
      end += decode_at(text->bytes, end).length;
    }
  }
  runtime.charge(end);
  body.append(*text, 0, end);
  return lay_out(runtime, layout, "", body, layout.align == 0 ? '<' : layout.align);
}

int read_number(std::string_view text, std::size_t& at, int most, Runtime& runtime) {
  int value = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    value = value * 10 + (text[at++] - '0');
    if (value > most)
      runtime.fail(Fault::Limit, format("a width or precision of more than {}", most));
  }
  return value;
}

// [[fill]align][sign][#][0][width][grouping][.precision][type]
Layout parse_layout(Runtime& runtime, std::string_view spec) {
  Layout layout;
  std::size_t at = 0;
  const auto peek = [&](std::size_t i) { return i < spec.size() ? spec[i] : '\0'; };
  if (!spec.empty()) {
    const std::size_t first = decode_at(spec, 0).length;
    if (is_one_of(peek(first), "<>=^")) {
      layout.fill = std::string(spec.substr(0, first));
      layout.align = peek(first);
      at = first + 1;
    } else if (is_one_of(spec[0], "<>=^")) {
      layout.align = spec[0];
      at = 1;
    }
  }
  if (is_one_of(peek(at), "+- ")) layout.sign = spec[at++];
  if (peek(at) == '#') {
    layout.alternate = true;
    ++at;
  }
  if (peek(at) == '0') {
    if (layout.align == 0) {
      layout.fill.assign(1, '0');
      layout.align = '=';
    }
    ++at;
  }
  layout.width = read_number(spec, at, kMostWidth, runtime);
  if (is_one_of(peek(at), ",_")) layout.grouping = spec[at++];
  if (peek(at) == '.') layout.precision = read_number(spec, ++at, kMostPrecision, runtime);
  if (at < spec.size()) layout.type = spec[at++];
  if (at != spec.size()) runtime.fail(Fault::Value, "Invalid format specifier");
  return layout;
}

std::string print_magnitude(Integer value, int base) {
  std::string digits;
  do {
    auto digit = static_cast<int>(value % base);
    if (digit < 0) digit = -digit;
    digits.insert(digits.begin(), static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10));
    value /= base;
  } while (value != 0);
  return digits;
}

std::string print_real(double value, char kind, int precision, bool alternate) {
  const bool upper = kind >= 'A' && kind <= 'Z';
  if (std::isnan(value)) return upper ? "NAN" : "nan";
  if (std::isinf(value)) return std::string(value < 0 ? "-" : "") + (upper ? "INF" : "inf");
  std::array<char, 1024> buffer;
  char* const end = buffer.data() + buffer.size();
  const char lower = upper ? static_cast<char>(kind + 0x20) : kind;
  const auto style = lower == 'f'   ? std::chars_format::fixed
                     : lower == 'e' ? std::chars_format::scientific
                                    : std::chars_format::general;
  const auto result = std::to_chars(buffer.data(), end, value, style,
                                    lower == 'g' && precision == 0 ? 1 : precision);
  std::string digits(buffer.data(), result.ptr);
  if (alternate && precision == 0 && digits.find('.') == std::string::npos) digits += '.';
  return upper ? upper_ascii(digits) : digits;
}

}  // namespace bantam::jinja
