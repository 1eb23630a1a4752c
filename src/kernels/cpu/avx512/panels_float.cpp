#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/float_panels.h"
#include "kernels/cpu/x86/zero_subnormals.h"

namespace bantam::kernels {

void BANTAM_AVX512::panels_f32(const LinearTask& task) {
  float_panels<FloatWords, F32Source>(task);
}
void BANTAM_AVX512::panels_f16(const LinearTask& task) {
  float_panels<FloatWords, F16Source>(task);
}
void BANTAM_AVX512::panels_bf16(const LinearTask& task) {
  without_subnormals(float_panels<BFloat16Words, F32Source>, task);
}

}  // namespace bantam::kernels
