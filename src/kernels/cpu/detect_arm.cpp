#include <sys/auxv.h>

#include "kernels/cpu/levels.h"

namespace bantam::kernels {
namespace {

bool has_neon() { return true; }

bool has_dotprod() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

bool has_i8mm() { return has_dotprod() && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0; }

}  // namespace

std::span<const ArchitectureLevel> architecture_levels() {
  static constexpr ArchitectureLevel kLevels[] = {
      {CpuLevel::Neon, has_neon, neon::register_kernels},
      {CpuLevel::Dotprod, has_dotprod, dotprod::register_kernels},
      {CpuLevel::I8mm, has_i8mm, i8mm::register_kernels},
  };
  return kLevels;
}

}  // namespace bantam::kernels
