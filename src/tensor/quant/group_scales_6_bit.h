// The packing of the 6-bit group scales and minima that Q4_K and Q5_K share.
#pragma once

#include <cstdint>

namespace bantam {

struct GroupScale {
  std::uint8_t scale, min;  // 0 to 63
};

// Group 0 to 7 of the twelve bytes pictured at BlockQ4_K::group_scales.
inline GroupScale unpack_group_scale(const std::uint8_t* packed, int group) {
  if (group < 4) {
    return {static_cast<std::uint8_t>(packed[group] & 63),
            static_cast<std::uint8_t>(packed[group + 4] & 63)};
  }
  const int low = packed[group + 4];
  return {static_cast<std::uint8_t>((low & 15) | packed[group - 4] >> 6 << 4),
          static_cast<std::uint8_t>(low >> 4 | packed[group] >> 6 << 4)};
}

}  // namespace bantam
