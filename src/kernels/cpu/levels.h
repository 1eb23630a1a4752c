// What each instruction set level puts into the table: its own kernels over those already there.
#pragma once

#include "kernels/kernel_table.h"

namespace bantam::kernels {

namespace scalar {
void register_kernels(KernelTable& table);  // fills every entry
}
namespace avx2 {
void register_kernels(KernelTable& table);
}
namespace avx512 {
void register_kernels(KernelTable& table);
}
namespace avx512_emulated {
void register_kernels(KernelTable& table);  // exists in tests only
}

}  // namespace bantam::kernels
