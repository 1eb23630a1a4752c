// The order of every float dot product: 16 running sums, element i goes to sum i mod 16 by a fused
// multiply-add, the end is filled up with zeros, and a fixed tree adds the sums (docs/numerics.md).
#pragma once

#include <cmath>
#include <cstdint>

namespace bantam::kernels {
namespace {

inline constexpr std::int64_t kFloatLanes = 16;

// ((t0 + t1) + (t2 + t3)) + ((t4 + t5) + (t6 + t7)) with t[j] = sums[j] + sums[j + 8].
[[maybe_unused]] inline float sum_lanes(const float* sums) {
  float t[8];
  for (int j = 0; j < 8; ++j) t[j] = sums[j] + sums[j + 8];
  return ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]));
}

[[maybe_unused]] inline float float_dot(const float* a, const float* b, std::int64_t count) {
  float sums[kFloatLanes] = {};
  std::int64_t i = 0;
  for (; i < count; ++i) sums[i % kFloatLanes] = std::fma(a[i], b[i], sums[i % kFloatLanes]);
  for (; i % kFloatLanes != 0; ++i) sums[i % kFloatLanes] += 0.0f;
  return sum_lanes(sums);
}

}  // namespace
}  // namespace bantam::kernels
