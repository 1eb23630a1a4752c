// How the encoders of 4 and 5 bits turn floats into codes.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace bantam {

// The integer part of `value`, kept within [0, largest]; NaN gives 0. The formats round by
// truncating value + 0.5, so ties go up; values outside the range come from scales that are
// subnormal or infinite.
inline std::uint8_t truncate_to_code(float value, int largest) {
  if (!(value > 0.0f)) return 0;
  if (value >= static_cast<float>(largest)) return static_cast<std::uint8_t>(largest);
  return static_cast<std::uint8_t>(value);
}

// The nearest integer within [-127, 127], ties away from zero; NaN gives 0.
inline std::int8_t round_to_code(float value) {
  if (std::fabs(value) <= 127.0f) return static_cast<std::int8_t>(std::round(value));
  if (std::isnan(value)) return 0;
  return value < 0.0f ? -127 : 127;
}

// The first of `count` values with the largest magnitude, sign kept; 0 for a block of zeros.
inline float signed_peak(const float* values, int count) {
  float peak = 0.0f;
  for (int i = 0; i < count; ++i) {
    if (std::fabs(values[i]) > std::fabs(peak)) peak = values[i];
  }
  return peak;
}

struct ValueRange {
  float min, max;
};

// The first smallest and first largest of `count` values (the sign of a zero depends on "first").
inline ValueRange value_range(const float* values, int count) {
  ValueRange range{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  for (int i = 0; i < count; ++i) {
    if (values[i] < range.min) range.min = values[i];
    if (values[i] > range.max) range.max = values[i];
  }
  return range;
}

// 1 / scale, or 0 for a block of zeros.
inline float inverse_or_zero(float scale) { return scale != 0.0f ? 1.0f / scale : 0.0f; }

}  // namespace bantam
