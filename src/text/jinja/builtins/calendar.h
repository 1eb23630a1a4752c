// The date that a template is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bantam::jinja {

// A moment on somebody's wall clock; months and days from 1.
struct CalendarTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;

  // From seconds since 1970 in the time zone that is wanted.
  static CalendarTime from_seconds(std::int64_t seconds);
};

// The same time of day some days earlier.
CalendarTime days_before(const CalendarTime& time, std::int64_t days);

// As Python's strftime in the C locale, unknown directives as they are. `%Z` and `%z` are empty.
std::string format_time(const CalendarTime& time, std::string_view pattern);

}  // namespace bantam::jinja
