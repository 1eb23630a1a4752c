// Processors other than x86-64: the scalar level is all there is.
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

CpuLevel detected_cpu_level() { return CpuLevel::Scalar; }

void avx2::register_kernels(KernelTable&) {}
void avx512::register_kernels(KernelTable&) {}

}  // namespace bantam::kernels
