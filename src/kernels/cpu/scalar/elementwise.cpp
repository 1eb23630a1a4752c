#include <cmath>

#include "kernels/cpu/scalar/exp.h"
#include "kernels/cpu/scalar/float_dot.h"
#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels::scalar {

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out) {
  const float mean = float_dot(x, x, count) / static_cast<float>(count);
  const float factor = 1.0f / std::sqrt(mean + epsilon);
  for (std::int64_t i = 0; i < count; ++i) out[i] = x[i] * factor * weight[i];
}

void rope_pairs(float* x, const float* cosines, const float* sines, std::int64_t count) {
  for (std::int64_t i = 0; i < count / 2; ++i) {
    const float first = x[2 * i];
    const float second = x[2 * i + 1];
    x[2 * i] = first * cosines[i] - second * sines[i];
    x[2 * i + 1] = first * sines[i] + second * cosines[i];
  }
}

void rope_halves(float* x, const float* cosines, const float* sines, std::int64_t count) {
  const std::int64_t half = count / 2;
  for (std::int64_t i = 0; i < half; ++i) {
    const float first = x[i];
    const float second = x[i + half];
    x[i] = first * cosines[i] - second * sines[i];
    x[i + half] = first * sines[i] + second * cosines[i];
  }
}

void silu_multiply(const float* gate, const float* up, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = gate[i] / (1.0f + exp_float(-gate[i])) * up[i];
  }
}

void add(const float* a, const float* b, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
}

}  // namespace bantam::kernels::scalar
