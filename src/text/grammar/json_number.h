// Decimal numbers within bounds, as parts of a grammar.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/grammar/nfa.h"

namespace bantam::grammar {

// A decimal number without an exponent, exactly.
struct Decimal {
  bool is_negative = false;
  std::string whole = "0", fraction;  // digits; no leading zeros, no trailing ones

  bool is_zero() const { return whole == "0" && fraction.empty(); }
  bool is_whole() const { return fraction.empty(); }
};

// A JSON number; nothing for one of more than kDigitsMax digits before or after the point.
inline constexpr int kDecimalDigitsMax = 40;
std::optional<Decimal> decimal_of(std::string_view json_number);
int compare(const Decimal& a, const Decimal& b);  // -1, 0, 1

struct Bound {
  Decimal value;
  bool is_exclusive = false;
};
struct Bounds {
  std::optional<Bound> lower, upper;
};
bool contains(const Bounds& bounds, const Decimal& value);

// Digits of whole numbers and of fractions where no bound needs more.
inline constexpr int kWholeDigitsMax = 16, kFractionDigitsMax = 16;

// Integers without a point or exponent, of at most 16 digits unless a bound has more.
Fragment add_integer(Nfa& nfa, const Bounds& bounds);
// Numbers, with an exponent of at most two digits where there are no bounds.
Fragment add_number(Nfa& nfa, const Bounds& bounds);

}  // namespace bantam::grammar
