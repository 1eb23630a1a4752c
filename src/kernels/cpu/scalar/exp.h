// Scalar exp; see exp_constants.h for the method and its error.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/cpu/exp_constants.h"
#include "tensor/half.h"

namespace bantam::kernels {
namespace {

[[maybe_unused]] inline float exp_float(float x) {
  x = kExpLowest > x ? kExpLowest : x;  // in this order a NaN stays
  x = kExpHighest < x ? kExpHighest : x;
  const float shifted = std::fma(x, kLog2E, kExpRounder);
  const std::uint32_t n = float_to_bits(shifted) - float_to_bits(kExpRounder);
  const float whole = shifted - kExpRounder;
  const float r = std::fma(whole, -kLn2Low, std::fma(whole, -kLn2High, x));
  float q = std::fma(kExpQ4, r, kExpQ3);
  q = std::fma(q, r, kExpQ2);
  q = std::fma(q, r, kExpQ1);
  q = std::fma(q, r, kExpQ0);
  const float result = std::fma(q, r * r, r) + 1.0f;
  const std::uint32_t half = static_cast<std::uint32_t>(static_cast<std::int32_t>(n) >> 1);
  return result * bits_to_float((half + 127u) << 23) * bits_to_float((n - half + 127u) << 23);
}

}  // namespace
}  // namespace bantam::kernels
