#include "kernels/cpu/scalar/exp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bantam::kernels {
namespace {

// Distance in units of the last place of `exact`, which is a normal float.
double ulps(float found, double exact) {
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::abs(static_cast<double>(found) - exact) / std::ldexp(1.0, exponent - 23);
}

TEST(Exp, IsWithinItsStatedError) {
  double worst = 0.0;
  double worst_subnormal = 0.0;
  for (float x = -103.9f; x < 88.7f; x += 0.000137f) {
    const double exact = std::exp(static_cast<double>(x));
    double& place = exact < 0x1p-126 ? worst_subnormal : worst;
    place = std::max(place, ulps(exp_float(x), exact));
  }
  EXPECT_LT(worst, 1.1);
  EXPECT_LT(worst_subnormal, 1.0);
}

TEST(Exp, SaturatesAtItsEnds) {
  EXPECT_EQ(exp_float(0.0f), 1.0f);
  EXPECT_EQ(exp_float(-104.0f), 0.0f);
  EXPECT_EQ(exp_float(-INFINITY), 0.0f);
  EXPECT_EQ(exp_float(88.73f), INFINITY);
  EXPECT_EQ(exp_float(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(exp_float(NAN)));
}

TEST(Tanh, IsWithinItsStatedError) {
  double worst = 0.0;
  for (float x = -11.0f; x < 11.0f; x += 0.0000137f) {
    worst = std::max(worst, ulps(tanh_float(x), std::tanh(static_cast<double>(x))));
  }
  for (float x = 1.0f; x > 0x1p-126f; x *= 0.9993f) {
    worst = std::max(worst, ulps(tanh_float(x), std::tanh(static_cast<double>(x))));
    worst = std::max(worst, ulps(tanh_float(-x), std::tanh(static_cast<double>(-x))));
  }
  EXPECT_LT(worst, 3.0);
  RecordProperty("worst_ulps", std::to_string(worst));
}

TEST(Tanh, SaturatesAtItsEnds) {
  EXPECT_EQ(tanh_float(0.0f), 0.0f);
  for (const float x : {9.5f, 11.0f, 1e9f, INFINITY}) {
    EXPECT_EQ(tanh_float(x), 1.0f);
    EXPECT_EQ(tanh_float(-x), -1.0f);
  }
  EXPECT_TRUE(std::isnan(tanh_float(NAN)));
}

}  // namespace
}  // namespace bantam::kernels
