#include "text/jinja/builtins/calendar.h"

#include <array>
#include <chrono>

#include "base/format.h"

namespace bantam::jinja {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

std::string padded(int value, int width, char fill) {
  std::string digits = format("{}", value);
  while (static_cast<int>(digits.size()) < width) digits.insert(digits.begin(), fill);
  return digits;
}

std::chrono::sys_days days_of(const CalendarTime& time) {
  return std::chrono::year_month_day(std::chrono::year(time.year),
                                     std::chrono::month(static_cast<unsigned>(time.month)),
                                     std::chrono::day(static_cast<unsigned>(time.day)));
}

struct Derived {
  int weekday;      // 0 Sunday
  int day_of_year;  // from 0
  int iso_year;
  int iso_week;
};

Derived derive(const CalendarTime& time) {
  using std::chrono::days;
  const auto date = days_of(time);
  const auto weekday = static_cast<int>(std::chrono::weekday(date).c_encoding());
  CalendarTime start = time;
  start.month = start.day = 1;
  const auto day_of_year = static_cast<int>((date - days_of(start)).count());
  // The ISO week is the one that holds the week's Thursday.
  const auto thursday = date + days(4 - (weekday == 0 ? 7 : weekday));
  const auto iso_year = std::chrono::year_month_day(thursday).year();
  const std::chrono::sys_days first = iso_year / std::chrono::January / 1;
  return {weekday, day_of_year, static_cast<int>(iso_year),
          static_cast<int>((thursday - first).count() / 7) + 1};
}

std::string directive(const CalendarTime& time, const Derived& derived, char code, char flag) {
  const auto number = [&](int value, int width, char fill = '0') {
    return flag == '-' ? format("{}", value) : padded(value, width, fill);
  };
  const int twelve = time.hour % 12 == 0 ? 12 : time.hour % 12;
  const auto expand = [&](std::string_view pattern) { return format_time(time, pattern); };
  const std::string_view day = kDays[static_cast<std::size_t>(derived.weekday)];
  const std::string_view month = kMonths[static_cast<std::size_t>(time.month - 1)];
  switch (code) {
    case 'Y':
      return number(time.year, 1);
    case 'C':
      return number(time.year / 100, 2);
    case 'y':
      return number(time.year % 100, 2);
    case 'm':
      return number(time.month, 2);
    case 'd':
      return number(time.day, 2);
    case 'e':
      return number(time.day, 2, ' ');
    case 'H':
      return number(time.hour, 2);
    case 'k':
      return number(time.hour, 2, ' ');
    case 'I':
      return number(twelve, 2);
    case 'l':
      return number(twelve, 2, ' ');
    case 'M':
      return number(time.minute, 2);
    case 'S':
      return number(time.second, 2);
    case 'f':
      return "000000";
    case 'j':
      return number(derived.day_of_year + 1, 3);
    case 'p':
      return time.hour < 12 ? "AM" : "PM";
    case 'P':
      return time.hour < 12 ? "am" : "pm";
    case 'A':
      return std::string(day);
    case 'a':
      return std::string(day.substr(0, 3));
    case 'B':
      return std::string(month);
    case 'b':
    case 'h':
      return std::string(month.substr(0, 3));
    case 'u':
      return number(derived.weekday == 0 ? 7 : derived.weekday, 1);
    case 'w':
      return number(derived.weekday, 1);
    case 'U':
      return number((derived.day_of_year + 7 - derived.weekday) / 7, 2);
    case 'W':
      return number((derived.day_of_year + 7 - (derived.weekday + 6) % 7) / 7, 2);
    case 'V':
      return number(derived.iso_week, 2);
    case 'G':
      return number(derived.iso_year, 1);
    case 'g':
      return number(derived.iso_year % 100, 2);
    case 's':
      return format("{}", days_of(time).time_since_epoch().count() * std::int64_t{86400} +
                              time.hour * 3600 + time.minute * 60 + time.second);
    case 'c':
      return expand("%a %b %e %H:%M:%S %Y");
    case 'x':
    case 'D':
      return expand("%m/%d/%y");
    case 'X':
    case 'T':
      return expand("%H:%M:%S");
    case 'F':
      return expand("%Y-%m-%d");
    case 'R':
      return expand("%H:%M");
    case 'r':
      return expand("%I:%M:%S %p");
    case 'Z':
    case 'z':
      return "";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default: {
      std::string unknown = "%";
      if (flag != 0) unknown += flag;
      return unknown += code;
    }
  }
}

}  // namespace

CalendarTime CalendarTime::from_seconds(std::int64_t seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

CalendarTime days_before(const CalendarTime& time, std::int64_t days) {
  const std::chrono::sys_days date = std::chrono::year(time.year) /
                                     std::chrono::month(static_cast<unsigned>(time.month)) /
                                     std::chrono::day(static_cast<unsigned>(time.day));
  const auto earlier = std::chrono::sys_seconds(date - std::chrono::days(days));
  CalendarTime result = CalendarTime::from_seconds(earlier.time_since_epoch().count());
  result.hour = time.hour;
  result.minute = time.minute;
  result.second = time.second;
  return result;
}

std::string format_time(const CalendarTime& time, std::string_view pattern) {
  const Derived derived = derive(time);
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%' || at + 1 == pattern.size()) {
      out += pattern[at];
      continue;
    }
    char flag = 0;
    char code = pattern[++at];
    if (code == '-' && at + 1 < pattern.size()) {
      flag = code;
      code = pattern[++at];
    }
    out += directive(time, derived, code, flag);
  }
  return out;
}

}  // namespace bantam::jinja
