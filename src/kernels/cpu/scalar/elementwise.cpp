#include <cmath>

#include "kernels/cpu/scalar/exp.h"
#include "kernels/cpu/scalar/kernels.h"

namespace bantam::kernels::scalar {

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

void softcap(const float* x, float cap, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = cap * tanh_float(x[i] / cap);
}

void scale(const float* x, float factor, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = x[i] * factor;
}

void add(const float* a, const float* b, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
}

void add_scaled(const float* a, const float* b, float factor, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::fma(factor, b[i], a[i]);
}

void multiply(const float* a, const float* b, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = a[i] * b[i];
}

}  // namespace bantam::kernels::scalar
