// Products of 16-bit floats: one instruction for 32, into sixteen sums.
#include "kernels/cpu/avx512/lanes.h"
#include "kernels/cpu/avx512bf16/kernels.h"
#include "kernels/cpu/vector/float_linear.h"
#include "kernels/cpu/vector/float_panels.h"
#include "kernels/cpu/x86/zero_subnormals.h"

namespace bantam::kernels {
namespace {

// BFloat16Words by one instruction, which takes the odd column first and has no subnormal numbers
// in any mode; the additions of its sums need the mode.
struct DotWords {
  static constexpr std::int64_t kColumns = BFloat16Words::kColumns;
  static Lanes splat_word(const std::byte* p) { return BFloat16Words::splat_word(p); }
  static Lanes add(Lanes weight, Lanes activation, Lanes sum) {
    return {_mm512_dpbf16_ps(sum.all, reinterpret_cast<__m512bh>(weight.all),
                             reinterpret_cast<__m512bh>(activation.all))};
  }
};

}  // namespace

void avx512bf16::linear_bf16(const LinearTask& task) {
  without_subnormals(bfloat16_linear<DotWords>, task);
}
void avx512bf16::panels_bf16(const LinearTask& task) {
  without_subnormals(float_panels<DotWords, F32Source>, task);
}

}  // namespace bantam::kernels
