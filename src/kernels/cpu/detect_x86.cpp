#include "kernels/kernel_table.h"

namespace bantam::kernels {

// The builtin also asks whether the system saves the wide registers.
CpuLevel detected_cpu_level() {
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("f16c");
  if (!has_avx2) return CpuLevel::Scalar;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512vnni");
  return has_avx512 ? CpuLevel::Avx512 : CpuLevel::Avx2;
}

}  // namespace bantam::kernels
