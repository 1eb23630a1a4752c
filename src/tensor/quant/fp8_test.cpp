#include "tensor/quant/fp8.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bantam {
namespace {

// By the definition of the formats, in double.
double float8(int code, int fraction_bits, int bias) {
  const int exponent = (code & 0x7f) >> fraction_bits;
  const double fraction = std::ldexp(code & ((1 << fraction_bits) - 1), -fraction_bits);
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias);
  return (code & 0x80) != 0 ? -magnitude : magnitude;
}

TEST(Fp8, E4M3HasNoInfinityAndOneNaNOfEachSign) {
  for (int code = 0; code < 256; ++code) {
    const float value = float_of_e4m3(static_cast<std::uint8_t>(code));
    if ((code & 0x7f) == 0x7f) {
      EXPECT_TRUE(std::isnan(value)) << code;
    } else {
      EXPECT_EQ(value, float8(code, 3, 7)) << code;
      EXPECT_EQ(std::signbit(value), code >= 128) << code;
    }
  }
  EXPECT_EQ(float_of_e4m3(0x7e), 448.0f);
}

TEST(Fp8, E5M2IsTheUpperByteOfAHalf) {
  for (int code = 0; code < 256; ++code) {
    const float value = float_of_e5m2(static_cast<std::uint8_t>(code));
    const int magnitude = code & 0x7f;
    if (magnitude > 0x7c) {
      EXPECT_TRUE(std::isnan(value)) << code;
    } else if (magnitude == 0x7c) {
      EXPECT_TRUE(std::isinf(value)) << code;
    } else {
      EXPECT_EQ(value, float8(code, 2, 15)) << code;
    }
  }
}

}  // namespace
}  // namespace bantam
