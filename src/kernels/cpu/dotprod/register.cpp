#include "kernels/cpu/dotprod/kernels.h"
#include "kernels/cpu/levels.h"

namespace bantam::kernels {

void dotprod::register_kernels(KernelTable& table) {
  register_rows(table);
  register_panels(table);
  table.probes.int8 = probe_int8;
}

}  // namespace bantam::kernels
