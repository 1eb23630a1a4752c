// Architectures without kernels of their own: the scalar level is all there is.
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

std::span<const ArchitectureLevel> architecture_levels() { return {}; }

}  // namespace bantam::kernels
