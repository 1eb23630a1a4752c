#include "cli/terminal/ago.h"

#include <string_view>

#include "base/format.h"

namespace bantam::cli {

std::string ago(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kWeek = 7 * kDay,
                         kMonth = 30 * kDay, kYear = 365 * kDay;
  struct Unit {
    std::int64_t below, length;  // seconds
    std::string_view name;
  };
  static constexpr Unit kUnits[] = {{kMinute, 1, "seconds"},      {kHour, kMinute, "minutes"},
                                    {2 * kDay, kHour, "hours"},   {2 * kWeek, kDay, "days"},
                                    {2 * kMonth, kWeek, "weeks"}, {2 * kYear, kMonth, "months"},
                                    {INT64_MAX, kYear, "years"}};
  if (seconds < 1) return seconds < 0 ? "now" : "Less than a second ago";
  if (seconds == 1) return "1 second ago";
  if (seconds / kMinute == 1) return "About a minute ago";
  if (seconds / kHour == 1) return "About an hour ago";
  for (const Unit& unit : kUnits) {
    if (seconds < unit.below) return format("{} {} ago", seconds / unit.length, unit.name);
  }
  return "now";
}

std::string list_bytes(std::uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  const bool is_whole = unit == 0 || value >= 10;
  // Cut, not rounded: what has not a thousand of a unit never reads as if it had.
  return format("{} {}", is_whole ? to_text(static_cast<std::int64_t>(value)) : fixed(value, 1),
                kUnits[unit]);
}

}  // namespace bantam::cli
