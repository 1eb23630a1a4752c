#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/lanes_elementwise.h"

namespace bantam::kernels::BANTAM_AVX512 {

void rope_halves(float* x, const float* cosines, const float* sines, std::int64_t count) {
  lanes_rope_halves(x, cosines, sines, count);
}

void softcap(const float* x, float cap, std::int64_t count, float* out) {
  lanes_softcap(x, cap, count, out);
}

void scale(const float* x, float factor, std::int64_t count, float* out) {
  lanes_scale(x, factor, count, out);
}

void add(const float* a, const float* b, std::int64_t count, float* out) {
  lanes_add(a, b, count, out);
}

void add_scaled(const float* a, const float* b, float factor, std::int64_t count, float* out) {
  lanes_add_scaled(a, b, factor, count, out);
}

void multiply(const float* a, const float* b, std::int64_t count, float* out) {
  lanes_multiply(a, b, count, out);
}

}  // namespace bantam::kernels::BANTAM_AVX512
