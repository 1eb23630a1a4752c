#include "kernels/cpu/neon/kernels.h"
#include "kernels/cpu/neon/lanes.h"
#include "kernels/cpu/neon/zero_subnormals.h"
#include "kernels/cpu/reference_decode.h"
#include "kernels/cpu/vector/float_linear.h"

namespace bantam::kernels {

void neon::linear_f32(const LinearTask& task) { float_linear<F32Source>(task); }
void neon::linear_f16(const LinearTask& task) { float_linear<F16Source>(task); }
void neon::linear_bf16(const LinearTask& task) {
  without_subnormals(bfloat16_linear<BFloat16Words>, task);
}
void neon::exact_bf16(const LinearTask& task) { float_linear<BF16Source>(task); }

void neon::register_decoded(KernelTable& table) {
  for (const DType type : kDecodedTypes) {
    table.linear[static_cast<std::uint32_t>(type)] = decoded_kernel<reference_decode>(type);
    table.decode[static_cast<std::uint32_t>(type)] = reference_decode(type);
  }
}

}  // namespace bantam::kernels
