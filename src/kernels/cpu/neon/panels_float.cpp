#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/neon/zero_subnormals.h"
#include "kernels/cpu/vector/float_panels.h"

namespace bantam::kernels {

void neon::panels_f32(const LinearTask& task) { float_panels<FloatWords, F32Source>(task); }
void neon::panels_f16(const LinearTask& task) { float_panels<FloatWords, F16Source>(task); }
void neon::panels_bf16(const LinearTask& task) {
  without_subnormals(float_panels<BFloat16Words, F32Source>, task);
}

}  // namespace bantam::kernels
