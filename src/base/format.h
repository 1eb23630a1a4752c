// Small text formatting for messages, without a third-party library. Any thread.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace bantam {

std::string to_text(std::string_view value);
std::string to_text(bool value);
std::string to_text(std::int64_t value);
std::string to_text(std::uint64_t value);
std::string to_text(double value);  // shortest form that reads back to the same value
std::string to_text(float value);

template <std::integral T>
std::string to_text(T value) {
  if constexpr (std::is_signed_v<T>) {
    return to_text(static_cast<std::int64_t>(value));
  } else {
    return to_text(static_cast<std::uint64_t>(value));
  }
}
inline std::string to_text(const char* value) { return to_text(std::string_view(value)); }

// Replaces each "{}" of `pattern` by the next of `values`; surplus braces stay as they are.
std::string format_texts(std::string_view pattern, std::span<const std::string> values);

template <typename... Args>
std::string format(std::string_view pattern, const Args&... args) {
  const std::array<std::string, sizeof...(Args)> values{to_text(args)...};
  return format_texts(pattern, values);
}

std::string fixed(double value, int decimals);  // "3.14"
std::string human_bytes(std::uint64_t bytes);   // "2.99 MB", powers of 1000
std::string human_count(std::uint64_t count);   // "2.75 M"
std::string human_duration(double seconds);     // "850 ms", "12.3 s", "3 min 20 s"

// The text in double quotes with control characters, quotes and backslashes escaped, cut after
// `limit` bytes with "…": safe to put into a message whatever the bytes are.
std::string quoted(std::string_view text, std::size_t limit = 80);

}  // namespace bantam
