#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/x86/lanes_elementwise.h"

namespace bantam::kernels::BANTAM_AVX512 {

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out) {
  lanes_rms_norm(x, weight, epsilon, count, out);
}

void rope_halves(float* x, const float* cosines, const float* sines, std::int64_t count) {
  lanes_rope_halves(x, cosines, sines, count);
}

void silu_multiply(const float* gate, const float* up, std::int64_t count, float* out) {
  lanes_silu_multiply(gate, up, count, out);
}

void add(const float* a, const float* b, std::int64_t count, float* out) {
  lanes_add(a, b, count, out);
}

}  // namespace bantam::kernels::BANTAM_AVX512
