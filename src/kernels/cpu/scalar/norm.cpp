#include <cmath>

#include "kernels/cpu/scalar/float_dot.h"
#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels::scalar {

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out) {
  const float mean = float_dot(x, x, count) / static_cast<float>(count);
  const float factor = 1.0f / std::sqrt(mean + epsilon);
  for (std::int64_t i = 0; i < count; ++i) out[i] = x[i] * factor * weight[i];
}

// The variance is that of the differences from the mean: E[x^2] - mean^2 would cancel.
void layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                std::int64_t count, float* out) {
  float sums[kFloatLanes] = {};
  for (std::int64_t i = 0; i < count; ++i) sums[i % kFloatLanes] += x[i];
  const float mean = sum_lanes(sums) / static_cast<float>(count);
  float squares[kFloatLanes] = {};
  for (std::int64_t i = 0; i < count; ++i) {
    const float difference = x[i] - mean;
    squares[i % kFloatLanes] = std::fma(difference, difference, squares[i % kFloatLanes]);
  }
  const float variance = sum_lanes(squares) / static_cast<float>(count);
  const float factor = 1.0f / std::sqrt(variance + epsilon);
  for (std::int64_t i = 0; i < count; ++i) {
    const float normal = (x[i] - mean) * factor;
    out[i] = bias == nullptr ? normal * weight[i] : std::fma(normal, weight[i], bias[i]);
  }
}

}  // namespace bantam::kernels::scalar
