#include "kernels/cpu/avx512bf16/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

void avx512bf16::register_kernels(KernelTable& table) {
  table.linear[static_cast<std::uint32_t>(DType::BF16)] = {linear_bf16, ActivationFormat::BF16,
                                                           panels_bf16};
  table.probes.bf16 = probe_bf16;
}

}  // namespace bantam::kernels
