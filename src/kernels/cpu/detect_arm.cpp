#include <sys/auxv.h>

#include "kernels/cpu/levels.h"

namespace bantam::kernels {
namespace {

bool has_neon() { return true; }

bool has_dotprod() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

}  // namespace

std::span<const ArchitectureLevel> architecture_levels() {
  static constexpr ArchitectureLevel kLevels[] = {
      {CpuLevel::Neon, has_neon, neon::register_kernels},
      {CpuLevel::Dotprod, has_dotprod, dotprod::register_kernels},
  };
  return kLevels;
}

}  // namespace bantam::kernels
