#include "kernels/cpu/i8mm/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

void i8mm::register_kernels(KernelTable& table) {
  register_panels(table);
  table.probes.int8 = probe_int8;
}

}  // namespace bantam::kernels
