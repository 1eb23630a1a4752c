#include "tensor/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace bantam {
namespace {

// What sets one 16-bit format apart from the other.
struct SmallFloat {
  int fraction_bits;
  int exponent_min;  // of normal numbers
  int exponent_max;
  int bias;
};
constexpr SmallFloat kHalf{10, -14, 15, 15};
constexpr SmallFloat kBFloat16{7, -126, 127, 127};

// The definition of the format, in double.
double value_of(std::uint32_t bits, const SmallFloat& kind) {
  const double sign = (bits >> 15 & 1u) != 0 ? -1.0 : 1.0;
  const auto exponent = static_cast<int>((bits & 0x7fffu) >> kind.fraction_bits);
  const double fraction = std::ldexp(bits & ((1u << kind.fraction_bits) - 1u), -kind.fraction_bits);
  if (exponent == kind.exponent_max + kind.bias + 1) {
    return fraction != 0.0 ? std::numeric_limits<double>::quiet_NaN() : sign * INFINITY;
  }
  if (exponent == 0) return sign * std::ldexp(fraction, kind.exponent_min);
  return sign * std::ldexp(1.0 + fraction, exponent - kind.bias);
}

// The nearest value of the format, ties to even: a double holds every step on the way exactly.
double nearest(float value, const SmallFloat& kind) {
  if (value == 0.0f || !std::isfinite(value)) return static_cast<double>(value);
  const double exact = static_cast<double>(value);
  const int exponent = std::max(std::ilogb(exact), kind.exponent_min);
  const double step = std::ldexp(1.0, exponent - kind.fraction_bits);
  const double rounded = std::nearbyint(exact / step) * step;
  const double too_large = std::ldexp(1.0, kind.exponent_max + 1);
  if (std::fabs(rounded) >= too_large) return std::copysign(INFINITY, exact);
  return std::copysign(rounded, exact);
}

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

// Random patterns, every 16-bit value with its neighbours, and the points half-way between two.
std::vector<float> difficult_floats(const SmallFloat& kind) {
  std::vector<float> out;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto value = static_cast<float>(value_of(bits, kind));
    const auto next = static_cast<float>(value_of(bits ^ 1u, kind));
    const float middle = value / 2 + next / 2;
    for (const float point : {value, middle}) {
      out.push_back(point);
      out.push_back(std::nextafter(point, INFINITY));
      out.push_back(std::nextafter(point, -INFINITY));
    }
  }
  for (const float point : {65504.0f, 65519.996f, 65520.0f, 65536.0f, 3.4028235e38f, 3.39e38f,
                            0x1p-24f, 0x1p-25f, 0x1.000002p-25f, 0x1p-149f, 0x1p-126f}) {
    out.push_back(point);
    out.push_back(-point);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 3'000'000; ++i) {
    out.push_back(bits_to_float(static_cast<std::uint32_t>(random())));
  }
  return out;
}

TEST(Half, EveryPatternHasTheValueOfItsDefinition) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = to_float(Half{static_cast<std::uint16_t>(bits)});
    ASSERT_TRUE(same(static_cast<double>(value), value_of(bits, kHalf))) << bits;
  }
}

TEST(Half, EveryPatternComesBackFromFloat) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const float value = to_float(half);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(to_float(to_half(value)))) << bits;
    } else {
      ASSERT_EQ(to_half(value).bits, half.bits);
    }
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  for (const float value : difficult_floats(kHalf)) {
    ASSERT_TRUE(same(static_cast<double>(to_float(to_half(value))), nearest(value, kHalf)))
        << std::hexfloat << value;
  }
}

TEST(BFloat16, EveryPatternHasTheValueOfItsDefinition) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = to_float(BFloat16{static_cast<std::uint16_t>(bits)});
    ASSERT_TRUE(same(static_cast<double>(value), value_of(bits, kBFloat16))) << bits;
  }
}

TEST(BFloat16, EveryPatternComesBackFromFloat) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const BFloat16 stored{static_cast<std::uint16_t>(bits)};
    const float value = to_float(stored);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(to_float(to_bfloat16(value)))) << bits;
    } else {
      ASSERT_EQ(to_bfloat16(value).bits, stored.bits);
    }
  }
}

TEST(BFloat16, RoundsToTheNearestAndTiesToEven) {
  for (const float value : difficult_floats(kBFloat16)) {
    ASSERT_TRUE(same(static_cast<double>(to_float(to_bfloat16(value))), nearest(value, kBFloat16)))
        << std::hexfloat << value;
  }
}

}  // namespace
}  // namespace bantam
