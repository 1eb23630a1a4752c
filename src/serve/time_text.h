// Times as APIs write and read them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bantam::serve {

// "2026-01-01T00:00:00.000000001Z" (RFC 3339, UTC).
std::string time_text(std::chrono::system_clock::time_point time);

// Whole seconds since 1970.
std::int64_t unix_seconds(std::chrono::system_clock::time_point time);

// A duration as Go writes it: "300ms", "-1.5h", "2h45m"; nothing for what is none.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace bantam::serve
