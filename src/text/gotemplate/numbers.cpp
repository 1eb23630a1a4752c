#include "text/gotemplate/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace bantam::gotemplate {
namespace {

std::string shortest(double value, std::chars_format form) {
  std::array<char, 512> buffer;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string();
}

// Go says "+Inf" and "NaN" where C says "inf" and "nan".
std::string name_of(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

}  // namespace

std::string shortest_number(double value) {
  if (!std::isfinite(value)) return name_of(value);
  const std::string scientific = shortest(value, std::chars_format::scientific);
  int exponent = 0;
  const std::size_t e = scientific.find('e');
  const char* digits = scientific.data() + e + 1;
  if (*digits == '+') ++digits;
  std::from_chars(digits, scientific.data() + scientific.size(), exponent);
  const bool is_plain = exponent >= -4 && exponent < 6;
  return is_plain ? shortest(value, std::chars_format::fixed) : scientific;
}

std::string json_number(double value) {
  const double size = std::abs(value);
  if (size == 0 || (size >= 1e-6 && size < 1e21)) return shortest(value, std::chars_format::fixed);
  std::string text = shortest(value, std::chars_format::scientific);
  const std::size_t zero = text.find("e-0");
  if (zero != std::string::npos) text.erase(zero + 2, 1);
  return text;
}

std::string precise_number(double value, char verb, int precision) {
  if (!std::isfinite(value)) return name_of(value);
  const char pattern[] = {'%', '.', '*', verb, '\0'};
  const int length = std::snprintf(nullptr, 0, pattern, precision, value);
  std::string text(static_cast<std::size_t>(length), '\0');
  std::snprintf(text.data(), text.size() + 1, pattern, precision, value);
  return text;
}

}  // namespace bantam::gotemplate
