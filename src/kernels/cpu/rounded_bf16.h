// Rounding of activations to 16-bit floats. Without branches, so that compilers take many at once.
#pragma once

#include "tensor/half.h"

namespace bantam::kernels {
namespace {

// To nearest, ties to even; subnormal numbers become zero, a NaN a quiet NaN.
[[maybe_unused]] inline std::uint16_t rounded_bf16(float value) {
  const std::uint32_t bits = float_to_bits(value);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t nearest = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  const std::uint32_t normal = magnitude < 0x00800000u ? bits >> 16 & 0x8000u : nearest;
  return static_cast<std::uint16_t>(magnitude > 0x7f800000u ? bits >> 16 | 64u : normal);
}

[[maybe_unused]] inline void round_all_bf16(const float* values, std::int64_t count,
                                            std::uint16_t* rounded) {
  for (std::int64_t i = 0; i < count; ++i) rounded[i] = rounded_bf16(values[i]);
  if (count % 2 != 0) rounded[count] = 0;
}

}  // namespace
}  // namespace bantam::kernels
