// Arithmetic without subnormal numbers, as products of 16-bit floats are defined
// (docs/numerics.md).
#pragma once

#include <cstdint>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

inline void set_float_mode(std::uint64_t mode) {
  asm volatile("msr fpcr, %0" : : "r"(mode) : "memory");
}

// Runs a kernel with subnormal inputs and results of vector arithmetic as zero. Its arithmetic has
// to stand in functions that are not inlined: compilers know nothing of the mode.
void without_subnormals(LinearFunction run, const LinearTask& task) {
  constexpr std::uint64_t kFlushToZero = std::uint64_t{1} << 24;
  std::uint64_t before;
  asm volatile("mrs %0, fpcr" : "=r"(before));
  set_float_mode(before | kFlushToZero);
  run(task);
  set_float_mode(before);
}

}  // namespace
}  // namespace bantam::kernels
