#include "kernels/kernel_table.h"

#include "kernels/cpu/levels.h"

namespace bantam::kernels {

std::vector<CpuLevel> available_cpu_levels() {
  std::vector<CpuLevel> levels{CpuLevel::Scalar};
  for (const ArchitectureLevel& step : architecture_levels()) {
    if (step.is_here()) levels.push_back(step.level);
  }
  return levels;
}

CpuLevel detected_cpu_level() { return available_cpu_levels().back(); }

KernelTable kernel_table(CpuLevel level) {
  KernelTable table{};
  scalar::register_kernels(table);
  for (const ArchitectureLevel& step : architecture_levels()) {
    if (step.level <= level && step.is_here()) step.register_kernels(table);
  }
  table.name = cpu_level_name(level);
  return table;
}

const char* cpu_level_name(CpuLevel level) {
  switch (level) {
    case CpuLevel::Scalar:
      return "scalar";
    case CpuLevel::Avx2:
      return "avx2";
    case CpuLevel::AvxVnni:
      return "avxvnni";
    case CpuLevel::Avx512:
      return "avx512";
    case CpuLevel::Avx512Bf16:
      return "avx512bf16";
    case CpuLevel::Neon:
      return "neon";
    case CpuLevel::Dotprod:
      return "dotprod";
    case CpuLevel::I8mm:
      return "i8mm";
  }
  return "unknown";
}

}  // namespace bantam::kernels
