#include "text/grammar/json_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace bantam::grammar {
namespace {

int compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  // Fractions have no trailing zeros: a shorter one that begins the other is less.
  const int order = std::pair(a.whole, a.fraction) < std::pair(b.whole, b.fraction) ? -1 : 1;
  return a.whole == b.whole && a.fraction == b.fraction ? 0 : order;
}

// Digits of numbers from `lower` to `upper`, neither negative, one state for each digit that may
// still differ from a bound's.
class Magnitude {
 public:
  Magnitude(Nfa& nfa, Bound lower, std::optional<Bound> upper, bool has_fraction)
      : nfa_(nfa), lower_(std::move(lower)), upper_(std::move(upper)), has_fraction_(has_fraction) {
    fraction_max_ = kFractionDigitsMax;
    if (lower_.value.is_zero() && !upper_) return;
    // Decimals of at most 15 digits differ as doubles too, in which others compare with the bound.
    const std::size_t whole = upper_ ? upper_->value.whole.size() : kWholeDigitsMax;
    fraction_max_ = whole < 15 ? 15 - whole : 1;
    fraction_max_ = std::max(fraction_max_, lower_.value.fraction.size());
    if (upper_) fraction_max_ = std::max(fraction_max_, upper_->value.fraction.size());
  }

  Fragment add() {
    const Fragment result = nfa_.never();
    exit_ = result.exit;
    const std::size_t shortest = lower_.value.whole.size();
    const std::size_t longest =
        upper_ ? upper_->value.whole.size() : std::max<std::size_t>(kWholeDigitsMax, shortest);
    for (std::size_t length = shortest; length <= longest; ++length) {
      const Ties ties{length == shortest, upper_ && length == longest};
      for (char digit = length == 1 ? '0' : '1'; digit <= '9'; ++digit) {
        add_whole_digit(result.entry, digit, length, 0, ties);
      }
    }
    return result;
  }

 private:
  // Whether the digits so far are those of a bound.
  struct Ties {
    bool lower = false, upper = false;
    auto operator<=>(const Ties&) const = default;
  };

  static char digit_at(const std::string& digits, std::size_t i) {
    return i < digits.size() ? digits[i] : '0';
  }

  // The ties after one more digit, or nothing where it is past a bound.
  static std::optional<Ties> after(Ties ties, char digit, char low, char high) {
    if ((ties.lower && digit < low) || (ties.upper && digit > high)) return {};
    return Ties{ties.lower && digit == low, ties.upper && digit == high};
  }

  void add_whole_digit(NodeId from, char digit, std::size_t length, std::size_t i, Ties ties) {
    const char high = upper_ ? digit_at(upper_->value.whole, i) : '9';
    const auto next = after(ties, digit, digit_at(lower_.value.whole, i), high);
    if (!next) return;
    const auto byte = static_cast<std::uint8_t>(digit);
    nfa_.add_bytes(from, byte, byte, whole_node(length, i + 1, *next));
  }

  // After `i` of `length` digits.
  NodeId whole_node(std::size_t length, std::size_t i, Ties ties) {
    // Without ties only the number of digits to come matters.
    const std::array<std::size_t, 4> key{ties == Ties{} ? length - i : 1000 + length * 1000 + i,
                                         ties.lower, ties.upper, 0};
    const auto [found, is_new] = nodes_.try_emplace(key, kNone);
    if (!is_new) return found->second;
    const NodeId node = found->second = nfa_.add_node();
    if (i < length) {
      for (char digit = '0'; digit <= '9'; ++digit) add_whole_digit(node, digit, length, i, ties);
      return node;
    }
    if (is_within(ties, 0)) nfa_.add_skip(node, exit_);
    if (has_fraction_) nfa_.add_bytes(node, '.', '.', fraction_node(0, ties));
    return node;
  }

  // After the point and `i` digits.
  NodeId fraction_node(std::size_t i, Ties ties) {
    const auto [found, is_new] = nodes_.try_emplace({i, ties.lower, ties.upper, 1}, kNone);
    if (!is_new) return found->second;
    const NodeId node = found->second = nfa_.add_node();
    if (i > 0 && is_within(ties, i)) nfa_.add_skip(node, exit_);
    if (i == fraction_max_) return node;
    const char low = digit_at(lower_.value.fraction, i);
    const char high = upper_ ? digit_at(upper_->value.fraction, i) : '9';
    for (char digit = '0'; digit <= '9'; ++digit) {
      const auto next = after(ties, digit, low, high);
      if (!next) continue;
      const auto byte = static_cast<std::uint8_t>(digit);
      nfa_.add_bytes(node, byte, byte, fraction_node(i + 1, *next));
    }
    return node;
  }

  // Whether a number may end with `i` digits after the point.
  bool is_within(Ties ties, std::size_t i) const {
    const bool has_more_lower = i < lower_.value.fraction.size();
    if (ties.lower && (has_more_lower || lower_.is_exclusive)) return false;
    return !ties.upper || i < upper_->value.fraction.size() || !upper_->is_exclusive;
  }

  Nfa& nfa_;
  Bound lower_;
  std::optional<Bound> upper_;
  bool has_fraction_;
  std::size_t fraction_max_;
  NodeId exit_ = kNone;
  std::map<std::array<std::size_t, 4>, NodeId> nodes_;
};

Bound negated(Bound bound) {
  bound.value.is_negative = !bound.value.is_negative;
  return bound;
}

// A number without an exponent within the bounds.
Fragment add_decimal(Nfa& nfa, const Bounds& bounds, bool has_fraction) {
  const Bound zero{.value = {}, .is_exclusive = false};
  std::vector<Fragment> parts{nfa.never()};
  const auto is_negative = [](const std::optional<Bound>& bound) {
    return bound && bound->value.is_negative && !bound->value.is_zero();
  };
  if (!is_negative(bounds.upper)) {
    const Bound lower = bounds.lower && !is_negative(bounds.lower) ? *bounds.lower : zero;
    parts.push_back(Magnitude(nfa, lower, bounds.upper, has_fraction).add());
  }
  if (!bounds.lower || is_negative(bounds.lower)) {
    const Bound lower = is_negative(bounds.upper) ? negated(*bounds.upper)
                                                  : Bound{.value = {}, .is_exclusive = true};
    std::optional<Bound> upper;
    if (bounds.lower) upper = negated(*bounds.lower);
    parts.push_back(
        nfa.sequence({nfa.bytes("-"), Magnitude(nfa, lower, upper, has_fraction).add()}));
  }
  return nfa.either(parts);
}

}  // namespace

std::optional<Decimal> decimal_of(std::string_view json_number) {
  Decimal result;
  std::string_view rest = json_number;
  if (rest.starts_with('-')) {
    result.is_negative = true;
    rest.remove_prefix(1);
  }
  int exponent = 0;
  if (const std::size_t e = rest.find_first_of("eE"); e != rest.npos) {
    std::string_view digits = rest.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc() || exponent < -1000 || exponent > 1000) return {};
    rest = rest.substr(0, e);
  }
  const std::size_t point = std::min(rest.find('.'), rest.size());
  std::string digits(rest.substr(0, point));
  if (point < rest.size()) digits += rest.substr(point + 1);
  if (digits.size() > 2000) return {};
  int whole = static_cast<int>(point) + exponent;  // digits before the point
  if (whole <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
    whole = 1;
  }
  const auto size = static_cast<std::size_t>(whole);
  if (digits.size() < size) digits.append(size - digits.size(), '0');
  result.whole = digits.substr(0, size);
  result.fraction = digits.substr(size);
  result.whole.erase(0, std::min(result.whole.find_first_not_of('0'), result.whole.size() - 1));
  result.fraction.erase(result.fraction.find_last_not_of('0') + 1);
  if (result.is_zero()) result.is_negative = false;
  if (result.whole.size() > kDecimalDigitsMax || result.fraction.size() > kDecimalDigitsMax)
    return {};
  return result;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.is_negative != b.is_negative) return a.is_negative ? -1 : 1;
  return a.is_negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

bool contains(const Bounds& bounds, const Decimal& value) {
  if (bounds.lower) {
    const int order = compare(value, bounds.lower->value);
    if (order < 0 || (order == 0 && bounds.lower->is_exclusive)) return false;
  }
  if (bounds.upper) {
    const int order = compare(value, bounds.upper->value);
    if (order > 0 || (order == 0 && bounds.upper->is_exclusive)) return false;
  }
  return true;
}

Fragment add_integer(Nfa& nfa, const Bounds& bounds) { return add_decimal(nfa, bounds, false); }

Fragment add_number(Nfa& nfa, const Bounds& bounds) {
  if (bounds.lower || bounds.upper) return add_decimal(nfa, bounds, true);
  const auto digit = [&nfa] { return nfa.code_points({{'0', '9'}}); };
  const Fragment exponent = nfa.sequence({nfa.code_points({{'E', 'E'}, {'e', 'e'}}),
                                          nfa.optional(nfa.code_points({{'+', '+'}, {'-', '-'}})),
                                          digit(), nfa.optional(digit())});
  return nfa.sequence({add_decimal(nfa, bounds, true), nfa.optional(exponent)});
}

}  // namespace bantam::grammar
