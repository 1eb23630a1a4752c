// What each instruction set level puts into the table: its own kernels over those already there.
#pragma once

#include <span>

#include "kernels/kernel_table.h"

namespace bantam::kernels {

struct ArchitectureLevel {
  CpuLevel level;
  bool (*is_here)();  // whether this processor has it and what it stands on
  void (*register_kernels)(KernelTable& table);
};

// The levels above scalar of the architecture that this program is built for, lowest first.
std::span<const ArchitectureLevel> architecture_levels();

namespace scalar {
void register_kernels(KernelTable& table);  // fills every entry
}
namespace avx2 {
void register_kernels(KernelTable& table);
}
namespace avxvnni {
void register_kernels(KernelTable& table);
}
namespace avx512 {
void register_kernels(KernelTable& table);
}
namespace avx512bf16 {
void register_kernels(KernelTable& table);
}
namespace neon {
void register_kernels(KernelTable& table);
}
namespace dotprod {
void register_kernels(KernelTable& table);
}
namespace i8mm {
void register_kernels(KernelTable& table);
}
namespace avxvnni_emulated {
void register_kernels(KernelTable& table);  // exists in tests only
}
namespace avx512_emulated {
void register_kernels(KernelTable& table);  // exists in tests only
}

}  // namespace bantam::kernels
