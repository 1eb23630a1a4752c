#include <arm_neon.h>

#include "kernels/cpu/neon/kernels.h"

namespace bantam::kernels::neon {
namespace {

// Enough independent chains to hide the latency of every instruction.
constexpr int kChains = 16;

}  // namespace

double probe_f32(std::int64_t iterations) {
  float32x4_t sums[kChains];
  for (float32x4_t& sum : sums) sum = vdupq_n_f32(1.0F);
  const float32x4_t a = vdupq_n_f32(0.5F);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (float32x4_t& sum : sums) sum = vfmaq_f32(sum, a, a);
  }
  float32x4_t total = sums[0];
  for (const float32x4_t& sum : sums) total = vaddq_f32(total, sum);
  volatile float sink = vgetq_lane_f32(total, 0);
  static_cast<void>(sink);
  return 2.0 * 4 * kChains * static_cast<double>(iterations);
}

// Sixteen products in 16 bits, then their sums in 32, as the kernels have it.
double probe_int8(std::int64_t iterations) {
  int32x4_t sums[kChains];
  for (int32x4_t& sum : sums) sum = vdupq_n_s32(0);
  int8x16_t a = vdupq_n_s8(3);
  int8x16_t b = vdupq_n_s8(5);
  for (std::int64_t i = 0; i < iterations; ++i) {
    for (int32x4_t& sum : sums) {
      asm volatile("" : "+w"(a), "+w"(b));  // new values each time, as far as the compiler knows
      const int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
      sum = vpadalq_s16(sum, vmlal_high_s8(low, a, b));
    }
  }
  int32x4_t total = sums[0];
  for (const int32x4_t& sum : sums) total = vaddq_s32(total, sum);
  volatile int sink = vgetq_lane_s32(total, 0);
  static_cast<void>(sink);
  return 2.0 * 16 * kChains * static_cast<double>(iterations);
}

std::uint64_t probe_read(const std::byte* memory, std::int64_t bytes) {
  uint64x2_t sums[4];
  for (uint64x2_t& sum : sums) sum = vdupq_n_u64(0);
  for (std::int64_t i = 0; i + 64 <= bytes; i += 64) {
    __builtin_prefetch(memory + i + 2048);
    for (int j = 0; j < 4; ++j) {
      const auto* place = reinterpret_cast<const std::uint64_t*>(memory + i + 16 * j);
      sums[j] = vaddq_u64(sums[j], vld1q_u64(place));
    }
  }
  const uint64x2_t total = vaddq_u64(vaddq_u64(sums[0], sums[1]), vaddq_u64(sums[2], sums[3]));
  return vgetq_lane_u64(total, 0) + vgetq_lane_u64(total, 1);
}

}  // namespace bantam::kernels::neon
