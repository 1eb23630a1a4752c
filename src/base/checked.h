// Arithmetic on numbers that came from a file: every overflow is seen.
#pragma once

#include <cstdint>
#include <optional>

namespace bantam {

// An unsigned 64-bit number that becomes invalid, and stays so, once an operation overflows.
class Checked {
 public:
  constexpr Checked(std::uint64_t value) : value_(value) {}  // NOLINT: a plain number is one

  // The value, or nothing if any step overflowed.
  constexpr std::optional<std::uint64_t> value() const {
    return is_valid_ ? std::optional(value_) : std::nullopt;
  }
  constexpr bool fits(std::uint64_t limit) const { return is_valid_ && value_ <= limit; }

  friend constexpr Checked operator+(Checked a, Checked b) {
    Checked sum = 0;
    const bool overflows = __builtin_add_overflow(a.value_, b.value_, &sum.value_);
    sum.is_valid_ = a.is_valid_ && b.is_valid_ && !overflows;
    return sum;
  }
  friend constexpr Checked operator*(Checked a, Checked b) {
    Checked product = 0;
    const bool overflows = __builtin_mul_overflow(a.value_, b.value_, &product.value_);
    product.is_valid_ = a.is_valid_ && b.is_valid_ && !overflows;
    return product;
  }

 private:
  std::uint64_t value_;
  bool is_valid_ = true;
};

}  // namespace bantam
