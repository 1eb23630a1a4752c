#include "kernels/cpu/avx512/kernels.h"
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/vector/float_linear.h"
#include "kernels/cpu/x86/decode_groups.h"
#include "kernels/cpu/x86/zero_subnormals.h"

namespace bantam::kernels {

void BANTAM_AVX512::linear_f32(const LinearTask& task) { float_linear<F32Source>(task); }
void BANTAM_AVX512::linear_f16(const LinearTask& task) { float_linear<F16Source>(task); }
void BANTAM_AVX512::linear_bf16(const LinearTask& task) {
  without_subnormals(bfloat16_linear<BFloat16Words>, task);
}
void BANTAM_AVX512::exact_bf16(const LinearTask& task) { float_linear<BF16Source>(task); }

void BANTAM_AVX512::register_decoded(KernelTable& table) {
  for (const DType type : kDecodedTypes) {
    table.linear[static_cast<std::uint32_t>(type)] = decoded_kernel<fastest_decode>(type);
    table.decode[static_cast<std::uint32_t>(type)] = fastest_decode(type);
  }
}

}  // namespace bantam::kernels
