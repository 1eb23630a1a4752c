// 16-bit floats: IEEE half and bfloat16, bit patterns to and from float. Plain functions: kernels
// include this, so nothing here may be an out-of-line inline function (see docs on kernel objects).
#pragma once

#include <cstdint>
#include <cstring>

namespace bantam {

struct Half {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

namespace {  // each object keeps its own copy: see decisions on kernel objects

[[maybe_unused]] inline float bits_to_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
[[maybe_unused]] inline std::uint32_t float_to_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Exact for every pattern; a NaN stays a NaN with its payload's top bits.
[[maybe_unused]] inline float to_float(Half half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half.bits & 0x8000u) << 16;
  const std::uint32_t exponent = half.bits >> 10 & 31u;
  const std::uint32_t fraction = half.bits & 0x3ffu;
  if (exponent == 31) return bits_to_float(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return bits_to_float(sign | (exponent + 112u) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;  // subnormal or zero
  return bits_to_float(sign | float_to_bits(magnitude));
}

// Rounds to nearest, ties to even; overflows to infinity.
[[maybe_unused]] inline Half to_half(float value) {
  const std::uint32_t bits = float_to_bits(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return {static_cast<std::uint16_t>(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu))};
  }
  if (magnitude >= 0x477ff000u) return {static_cast<std::uint16_t>(sign | 0x7c00u)};
  if (magnitude < 0x38800000u) {  // below the smallest normal half: let float addition round
    const float rounded = bits_to_float(magnitude) + 0.5f;
    return {static_cast<std::uint16_t>(sign | (float_to_bits(rounded) - 0x3f000000u))};
  }
  const std::uint32_t odd = magnitude >> 13 & 1u;
  return {static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13))};
}

[[maybe_unused]] inline float to_float(BFloat16 value) {
  return bits_to_float(static_cast<std::uint32_t>(value.bits) << 16);
}

// Rounds to nearest, ties to even; a NaN becomes a quiet NaN.
[[maybe_unused]] inline BFloat16 to_bfloat16(float value) {
  const std::uint32_t bits = float_to_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return {static_cast<std::uint16_t>(bits >> 16 | 64u)};
  }
  return {static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}

}  // namespace

}  // namespace bantam
