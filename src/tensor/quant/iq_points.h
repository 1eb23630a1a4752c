// How the decoders of the IQ formats write one grid point.
#pragma once

#include <cstdint>

namespace bantam {

// Eight magnitudes, byte i of `row` = magnitude i; bit i of `signs` makes value i negative.
inline void write_point8(std::uint64_t row, unsigned signs, float factor, float* out) {
  for (int i = 0; i < 8; ++i) {
    const float value = factor * static_cast<float>(row >> (8 * i) & 255u);
    out[i] = (signs >> i & 1u) != 0 ? -value : value;
  }
}

// The same with four magnitudes.
inline void write_point4(std::uint32_t row, unsigned signs, float factor, float* out) {
  for (int i = 0; i < 4; ++i) {
    const float value = factor * static_cast<float>(row >> (8 * i) & 255u);
    out[i] = (signs >> i & 1u) != 0 ? -value : value;
  }
}

// Eight values of -1, 0 or 1, byte i of `row` = value i, all moved by `shift`.
inline void write_shifted_point8(std::uint64_t row, float factor, float shift, float* out) {
  for (int i = 0; i < 8; ++i) {
    const auto value = static_cast<std::int8_t>(row >> (8 * i) & 255u);
    out[i] = factor * (static_cast<float>(value) + shift);
  }
}

}  // namespace bantam
