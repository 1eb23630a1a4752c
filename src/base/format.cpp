#include "base/format.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace bantam {
namespace {

template <typename T>
std::string number_text(T value) {
  std::array<char, 64> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), result.ptr);
}

std::string scaled(std::uint64_t value, std::span<const std::string_view> units) {
  double scaled_value = static_cast<double>(value);
  std::size_t unit = 0;
  while (scaled_value >= 999.5 && unit + 1 < units.size()) {
    scaled_value /= 1000.0;
    ++unit;
  }
  if (unit == 0) return format("{}{}", value, units[0]);
  const int decimals = scaled_value < 9.995 ? 2 : scaled_value < 99.95 ? 1 : 0;
  return fixed(scaled_value, decimals) + std::string(units[unit]);
}

}  // namespace

std::string to_text(std::string_view value) { return std::string(value); }
std::string to_text(bool value) { return value ? "true" : "false"; }
std::string to_text(std::int64_t value) { return number_text(value); }
std::string to_text(std::uint64_t value) { return number_text(value); }
std::string to_text(double value) { return number_text(value); }
std::string to_text(float value) { return number_text(value); }

std::string format_texts(std::string_view pattern, std::span<const std::string> values) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "{}" && next < values.size()) {
      out += values[next++];
      ++i;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer;
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {" B", " kB", " MB", " GB", " TB"};
  return scaled(bytes, kUnits);
}

std::string human_count(std::uint64_t count) {
  constexpr std::string_view kUnits[] = {"", " k", " M", " B", " T"};
  return scaled(count, kUnits);
}

std::string human_duration(double seconds) {
  if (seconds < 1.0) return fixed(seconds * 1000.0, seconds < 0.01 ? 1 : 0) + " ms";
  if (seconds < 60.0) return fixed(seconds, 1) + " s";
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  if (total < 3600) return format("{} min {} s", total / 60, total % 60);
  return format("{} h {} min", total / 3600, total % 3600 / 60);
}

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == limit) return out + "…\"";
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte < 0x20 || byte >= 0x7f) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += text[i];
    }
  }
  return out + "\"";
}

}  // namespace bantam
