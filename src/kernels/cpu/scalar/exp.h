// Scalar exp and tanh; see exp_constants.h for the methods and their errors.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/cpu/exp_constants.h"
#include "tensor/half.h"

namespace bantam::kernels {
namespace {

// exp(x) = 2^n (1 + tail).
struct ReducedExp {
  float tail;
  std::uint32_t n;  // in two's complement
};

[[maybe_unused]] inline ReducedExp reduce_exp(float x) {
  const float shifted = std::fma(x, kLog2E, kExpRounder);
  const float whole = shifted - kExpRounder;
  const float r = std::fma(whole, -kLn2Low, std::fma(whole, -kLn2High, x));
  float q = std::fma(kExpQ4, r, kExpQ3);
  q = std::fma(q, r, kExpQ2);
  q = std::fma(q, r, kExpQ1);
  q = std::fma(q, r, kExpQ0);
  return {std::fma(q, r * r, r), float_to_bits(shifted) - float_to_bits(kExpRounder)};
}

// 2^(n >> 1) and 2^(n - (n >> 1)).
struct PowerFactors {
  float first, second;
};

[[maybe_unused]] inline PowerFactors power_factors(std::uint32_t n) {
  const std::uint32_t half = static_cast<std::uint32_t>(static_cast<std::int32_t>(n) >> 1);
  return {bits_to_float((half + 127u) << 23), bits_to_float((n - half + 127u) << 23)};
}

[[maybe_unused]] inline float exp_float(float x) {
  x = kExpLowest > x ? kExpLowest : x;  // in this order a NaN stays
  x = kExpHighest < x ? kExpHighest : x;
  const ReducedExp reduced = reduce_exp(x);
  const PowerFactors power = power_factors(reduced.n);
  return (reduced.tail + 1.0f) * power.first * power.second;
}

[[maybe_unused]] inline float tanh_float(float x) {
  x = x + x;
  x = -kTanhLimit > x ? -kTanhLimit : x;
  x = kTanhLimit < x ? kTanhLimit : x;
  const ReducedExp reduced = reduce_exp(x);
  const PowerFactors factors = power_factors(reduced.n);
  const float power = factors.first * factors.second;
  const float less_one = std::fma(power, reduced.tail, power - 1.0f);
  return less_one / (less_one + 2.0f);
}

}  // namespace
}  // namespace bantam::kernels
