#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/vector/lanes_elementwise.h"

namespace bantam::kernels::neon {

// Four pairs at a time.
void rope_pairs(float* x, const float* cosines, const float* sines, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const float32x4_t cosine = vld1q_f32(cosines + i / 2);
    const float32x4_t sine = vld1q_f32(sines + i / 2);
    const float32x4x2_t pairs = vld2q_f32(x + i);
    const float32x4_t first =
        vsubq_f32(vmulq_f32(pairs.val[0], cosine), vmulq_f32(pairs.val[1], sine));
    const float32x4_t second =
        vaddq_f32(vmulq_f32(pairs.val[0], sine), vmulq_f32(pairs.val[1], cosine));
    vst2q_f32(x + i, {{first, second}});
  }
  for (; i + 2 <= count; i += 2) {
    const float first = x[i];
    const float second = x[i + 1];
    x[i] = first * cosines[i / 2] - second * sines[i / 2];
    x[i + 1] = first * sines[i / 2] + second * cosines[i / 2];
  }
}

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

}  // namespace bantam::kernels::neon
