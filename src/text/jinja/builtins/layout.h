// Numbers and texts laid out as Python's format specifications ask.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

inline constexpr int kMostPrecision = 400;
inline constexpr int kMostWidth = 1 << 20;

// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct Layout {
  std::string fill = " ";  // one character; the template's only if it is a blank or zero
  char align = 0;          // one of < > ^ =
  char sign = '-';
  bool alternate = false;
  int width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

// Throws a Value fault for what is no specification and a Limit fault for huge numbers in it.
Layout parse_layout(Runtime& runtime, std::string_view specification);
// The digits at `at`, which moves past them. Throws a Limit fault past `most`.
int read_number(std::string_view text, std::size_t& at, int most, Runtime& runtime);
// `c` is in `set` and not 0.
bool is_one_of(char c, std::string_view set);

struct Number {
  std::string sign;
  std::string digits;
};
Number integer_number(Integer value, const Layout& layout);
Number real_number(double value, const Layout& layout);

Value laid_out_number(Runtime& runtime, const Layout& layout, const Number& number);
Value laid_out_text(Runtime& runtime, const Layout& layout, const TextPtr& text);
// `sign` and `body` in a field of the layout's width; '=' puts the fill between them.
Value lay_out(Runtime& runtime, const Layout& layout, const std::string& sign, const Text& body,
              char align);

// The digits of a float as printf's conversion `kind` (f, e, g and upper case) writes them.
std::string print_real(double value, char kind, int precision, bool alternate = false);
// An integer in base 2, 8, 10 or 16, lower case, without sign.
std::string print_magnitude(Integer value, int base);

}  // namespace bantam::jinja
