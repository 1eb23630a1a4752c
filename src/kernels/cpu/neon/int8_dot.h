// 8-bit dot products with what every AArch64 processor has: products in 16 bits, of which as many
// are added there as fit, because activations stay within 127 and codes within 128.
#pragma once

#include <arm_neon.h>

#include "kernels/cpu/neon/q8x32_formats.h"

namespace bantam::kernels {
namespace {

struct WideningDot {
  // Eight sums of two products.
  static int16x8_t pairs(int8x16_t a, int8x16_t b) {
    return vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b);
  }

  // Four sums of four products of codes up to kLargest.
  template <int kLargest>
  static int32x4_t sixteen(int8x16_t codes, int8x16_t activations) {
    return vpaddlq_s16(pairs(codes, activations));
  }

  // Four sums of eight products.
  template <int kLargest>
  static int32x4_t thirty_two(Codes32 codes, Codes32 activations) {
    const int16x8_t low = pairs(codes.low, activations.low);
    if constexpr (4 * 127 * kLargest <= 32767) {
      const int16x8_t more = vmlal_s8(low, vget_low_s8(codes.high), vget_low_s8(activations.high));
      return vpaddlq_s16(vmlal_high_s8(more, codes.high, activations.high));
    } else {
      return vpadalq_s16(vpaddlq_s16(low), pairs(codes.high, activations.high));
    }
  }
};

}  // namespace
}  // namespace bantam::kernels
