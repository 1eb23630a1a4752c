// Filters that make numbers.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "text/jinja/builtins/filters.h"
#include "text/jinja/builtins/layout.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

// The text without white space around it and without single underscores between digits; nothing if
// an underscore stands elsewhere.
std::optional<std::string> numeral(Runtime& runtime, const Value& value) {
  const std::string bytes = strip(runtime, value.text_ptr(), nullptr, Side::Both).text().bytes;
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '_') {
      out += bytes[i];
      continue;
    }
    const auto alnum = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    if (i == 0 || i + 1 == bytes.size() || !alnum(bytes[i - 1]) || !alnum(bytes[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// Python's int(text, base).
std::optional<Integer> parse_integer(Runtime& runtime, const Value& value, int base) {
  const auto text = numeral(runtime, value);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() > 2 && digits[0] == '0') {
    const char mark = static_cast<char>(digits[1] | 0x20);
    const int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    if (marked != 0 && (base == marked || base == 0)) {
      base = marked;
      digits.remove_prefix(2);
    }
  }
  if (base == 0) base = 10;
  if (digits.empty()) return std::nullopt;
  Integer result = 0;
  for (const char c : digits) {
    const int digit = digit_value(c);
    if (digit >= base) return std::nullopt;
    if (__builtin_mul_overflow(result, Integer{base}, &result) ||
        __builtin_add_overflow(result, Integer{digit}, &result)) {
      runtime.fail(Fault::Value, "an integer of more than 128 bits");
    }
  }
  return negative ? -result : result;
}

// Python's float(text).
std::optional<double> parse_real(Runtime& runtime, const Value& value) {
  auto text = numeral(runtime, value);
  if (!text || text->empty()) return std::nullopt;
  std::string_view digits = *text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return std::nullopt;
  double result = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (parsed.ptr != digits.data() + digits.size() || parsed.ec == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (parsed.ec == std::errc::result_out_of_range) {
    const bool tiny =
        digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos;
    result = tiny ? 0 : HUGE_VAL;
  }
  return negative ? -result : result;
}

std::optional<Integer> truncated(Runtime& runtime, double value) {
  if (!std::isfinite(value)) return std::nullopt;
  if (std::fabs(value) >= 1.7e38) runtime.fail(Fault::Value, "an integer of more than 128 bits");
  return static_cast<Integer>(value);
}

Value to_integer(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "int", arguments, {"default", "base"});
  if (value.is_undefined()) runtime.fail_undefined(value);
  const Value otherwise = parameters[0] != nullptr ? *parameters[0] : Value::of(Integer{0});
  if (value.is_integral()) return Value::of(value.integer());
  std::optional<double> real;
  if (value.is(Kind::Float)) real = value.real();
  if (value.is_text()) {
    const Integer base = parameters.integer(1, 10);
    const bool known = base == 0 || (base >= 2 && base <= 36);
    if (const auto whole =
            known ? parse_integer(runtime, value, static_cast<int>(base)) : std::nullopt) {
      return Value::of(*whole);
    }
    real = parse_real(runtime, value);  // so that "42.23" gives 42
  }
  if (real) {
    if (const auto whole = truncated(runtime, *real)) return Value::of(*whole);
  }
  return otherwise;
}

Value to_real(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "float", arguments, {"default"});
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (value.is_number()) return Value::of(value.real());
  if (value.is_text()) {
    if (const auto real = parse_real(runtime, value)) return Value::of(*real);
  }
  return parameters[0] != nullptr ? *parameters[0] : Value::of(0.0);
}

Value absolute(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "abs", arguments, {});
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (value.is_integral()) {
    return value.integer() < 0 ? negate(runtime, value) : Value::of(value.integer());
  }
  if (value.is(Kind::Float)) return Value::of(std::fabs(value.real()));
  runtime.fail_type(format("bad operand type for abs(): '{}'", type_name(value)));
}

// Python's round(): to even, exact in decimal.
double round_half_even(double value, Integer precision) {
  if (!std::isfinite(value) || precision > 300) return value;
  if (precision < 0) {
    if (precision < -300) return std::copysign(0.0, value);
    const double unit = std::pow(10.0, static_cast<double>(-precision));
    return std::nearbyint(value / unit) * unit;
  }
  const std::string digits = print_real(value, 'f', static_cast<int>(precision));
  double result = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return result;
}

Integer round_integer(Integer value, Integer precision) {
  if (precision >= 0) return value;
  if (precision < -37) return 0;
  Integer unit = 1;
  for (Integer i = precision; i < 0; ++i) unit *= 10;
  const Integer rest = value % unit;
  const Integer down = value - rest;
  const Integer twice = (rest < 0 ? -rest : rest) * 2;
  const bool away = twice > unit || (twice == unit && down / unit % 2 != 0);
  return away ? down + (value < 0 ? -unit : unit) : down;
}

Value round_value(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "round", arguments, {"precision", "method"});
  if (value.is_undefined()) runtime.fail_undefined(value);
  const std::string method = parameters[1] != nullptr ? parameters.text(1)->bytes : "common";
  const Integer precision = parameters.integer(0, 0);
  if (method != "common" && method != "ceil" && method != "floor") {
    runtime.fail(Fault::Value, "method must be common, ceil or floor");
  }
  if (!value.is_number()) {
    runtime.fail_type(format("type {} doesn't define __round__ method", type_name(value)));
  }
  if (method == "common") {
    if (value.is_integral()) return Value::of(round_integer(value.integer(), precision));
    return Value::of(round_half_even(value.real(), precision));
  }
  const double unit = std::pow(10.0, static_cast<double>(precision));
  const double scaled = value.real() * unit;
  return Value::of((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

Value filesizeformat(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "filesizeformat", arguments, {"binary"});
  std::optional<double> number;
  if (value.is_number()) number = value.real();
  if (value.is_text()) number = parse_real(runtime, value);
  if (!number) runtime.fail(Fault::Value, format("a {} is no size", type_name(value)));
  const bool binary = parameters.truth(0, false);
  const double base = binary ? 1024 : 1000;
  const double bytes = *number;
  if (bytes == 1) return runtime.make_text("1 Byte");
  if (!std::isfinite(bytes)) runtime.fail(Fault::Value, "a size that is not finite");
  if (bytes < base)
    return runtime.make_text(format("{} Bytes", static_cast<std::int64_t>(std::max(bytes, -1e18))));
  constexpr std::array<const char*, 8> kPrefixes = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
  std::size_t prefix = 0;
  double unit = base * base;
  while (bytes >= unit && prefix + 1 < kPrefixes.size()) {
    unit *= base;
    ++prefix;
  }
  std::string name = kPrefixes[prefix];
  if (binary) name = (name == "k" ? "K" : name) + "i";
  return runtime.make_text(print_real(base * bytes / unit, 'f', 1) + " " + name + "B");
}

constexpr Builtin kFilters[] = {
    {"int", to_integer},
    {"float", to_real},
    {"abs", absolute},
    {"round", round_value},
    {"filesizeformat", filesizeformat},
};

}  // namespace

std::span<const Builtin> number_filters() { return kFilters; }

}  // namespace bantam::jinja
