// The kernels of AArch64 processors that multiply matrices of 8-bit integers (Armv8.6 I8MM), over
// those with dot products.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels::i8mm {

// The kernels of types with integer arithmetic in panels, set in the table.
void register_panels(KernelTable& table);

double probe_int8(std::int64_t iterations);

}  // namespace bantam::kernels::i8mm
