#include "kernels/kernel_table.h"

#include "kernels/cpu/levels.h"

namespace bantam::kernels {

KernelTable kernel_table(CpuLevel level) {
  KernelTable table{};
  scalar::register_kernels(table);
  if (level >= CpuLevel::Avx2) avx2::register_kernels(table);
  if (level >= CpuLevel::Avx512) avx512::register_kernels(table);
  table.name = cpu_level_name(level);
  return table;
}

const char* cpu_level_name(CpuLevel level) {
  switch (level) {
    case CpuLevel::Scalar:
      return "scalar";
    case CpuLevel::Avx2:
      return "avx2";
    case CpuLevel::Avx512:
      return "avx512";
  }
  return "unknown";
}

}  // namespace bantam::kernels
