// Arithmetic without subnormal numbers, as products of 16-bit floats are defined
// (docs/numerics.md).
#pragma once

#include <immintrin.h>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

// Runs a kernel with subnormal inputs and results of vector arithmetic as zero. Its arithmetic has
// to stand in functions that are not inlined: compilers know nothing of the mode.
void without_subnormals(LinearFunction run, const LinearTask& task) {
  constexpr unsigned kInputs = 0x0040;
  constexpr unsigned kResults = 0x8000;
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | kInputs | kResults);
  run(task);
  _mm_setcsr(before);
}

}  // namespace
}  // namespace bantam::kernels
