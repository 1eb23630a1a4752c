// 8-bit dot products with SDOT: sixteen products into four sums.
#pragma once

#include <arm_neon.h>

#include "kernels/cpu/neon/q8x32_formats.h"

namespace bantam::kernels {
namespace {

struct FourfoldDot {
  template <int kLargest>
  static int32x4_t sixteen(int8x16_t codes, int8x16_t activations) {
    return vdotq_s32(vdupq_n_s32(0), codes, activations);
  }

  template <int kLargest>
  static int32x4_t thirty_two(Codes32 codes, Codes32 activations) {
    const int32x4_t low = vdotq_s32(vdupq_n_s32(0), codes.low, activations.low);
    return vdotq_s32(low, codes.high, activations.high);
  }
};

}  // namespace
}  // namespace bantam::kernels
