#include "kernels/cpu/avx512bf16/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

void avx512bf16::register_kernels(KernelTable& table) { table.probes.bf16 = probe_bf16; }

}  // namespace bantam::kernels
