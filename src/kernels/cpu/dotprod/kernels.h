// The kernels of AArch64 processors with dot products of 8-bit integers (Armv8.2 DotProd), over
// those of NEON.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels::dotprod {

// The kernels of types with integer arithmetic, set in the table.
void register_rows(KernelTable& table);
void register_panels(KernelTable& table);

double probe_int8(std::int64_t iterations);

}  // namespace bantam::kernels::dotprod
