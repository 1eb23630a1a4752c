#include "kernels/cpu/levels.h"

namespace bantam::kernels {
namespace {

// The builtin also asks whether the system saves the wide registers.
bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
}

bool has_avxvnni() { return has_avx2() && __builtin_cpu_supports("avxvnni"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

bool has_avx512bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }

}  // namespace

std::span<const ArchitectureLevel> architecture_levels() {
  static constexpr ArchitectureLevel kLevels[] = {
      {CpuLevel::Avx2, has_avx2, avx2::register_kernels},
      {CpuLevel::AvxVnni, has_avxvnni, avxvnni::register_kernels},
      {CpuLevel::Avx512, has_avx512, avx512::register_kernels},
      {CpuLevel::Avx512Bf16, has_avx512bf16, avx512bf16::register_kernels},
  };
  return kLevels;
}

}  // namespace bantam::kernels
