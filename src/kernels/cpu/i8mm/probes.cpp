#include <arm_neon.h>

#include "kernels/cpu/i8mm/kernels.h"

namespace bantam::kernels {

double i8mm::probe_int8(std::int64_t iterations) {
  constexpr int kChains = 16;  // enough to hide the latency of every instruction
  int32x4_t sums[kChains];
  for (int32x4_t& sum : sums) sum = vdupq_n_s32(0);
  const int8x16_t a = vdupq_n_s8(3);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (int32x4_t& sum : sums) sum = vmmlaq_s32(sum, a, a);
  }
  int32x4_t total = sums[0];
  for (const int32x4_t& sum : sums) total = vaddq_s32(total, sum);
  volatile int sink = vgetq_lane_s32(total, 0);
  static_cast<void>(sink);
  return 2.0 * 32 * kChains * static_cast<double>(iterations);
}

}  // namespace bantam::kernels
