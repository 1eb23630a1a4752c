#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/vector/lanes_norm.h"

namespace bantam::kernels::neon {

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t count, float* out) {
  lanes_rms_norm(x, weight, epsilon, count, out);
}

void layer_norm(const float* x, const float* weight, const float* bias, float epsilon,
                std::int64_t count, float* out) {
  lanes_layer_norm(x, weight, bias, epsilon, count, out);
}

}  // namespace bantam::kernels::neon
