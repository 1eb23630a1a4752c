#include "kernels/cpu/avx2/kernels.h"
#include "kernels/cpu/avx2/lanes.h"
#include "kernels/cpu/vector/float_panels.h"
#include "kernels/cpu/x86/zero_subnormals.h"

namespace bantam::kernels {

void avx2::panels_f32(const LinearTask& task) { float_panels<FloatWords, F32Source>(task); }
void avx2::panels_f16(const LinearTask& task) { float_panels<FloatWords, F16Source>(task); }
void avx2::panels_bf16(const LinearTask& task) {
  without_subnormals(float_panels<BFloat16Words, F32Source>, task);
}

}  // namespace bantam::kernels
