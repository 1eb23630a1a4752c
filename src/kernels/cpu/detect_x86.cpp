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

// Not every processor of the level multiplies bfloat16 numbers.
void register_avx512(KernelTable& table) {
  avx512::register_kernels(table);
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16")) avx512bf16::register_kernels(table);
}

}  // namespace

std::span<const ArchitectureLevel> architecture_levels() {
  static constexpr ArchitectureLevel kLevels[] = {
      {CpuLevel::Avx2, has_avx2, avx2::register_kernels},
      {CpuLevel::AvxVnni, has_avxvnni, avxvnni::register_kernels},
      {CpuLevel::Avx512, has_avx512, register_avx512},
  };
  return kLevels;
}

}  // namespace bantam::kernels
