// The time that a machine's limits leave for some work, and what sets it.
//
// After Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for
// multicore architectures" (2009): memory and arithmetic work side by side, so the slower one
// counts. Arithmetic of different kinds shares the same units, so its times add up.
#pragma once

#include "backend/cost_ops.h"
#include "eval/machine.h"

namespace bantam::eval {

struct Roofline {
  double seconds = 0;            // no program can do the work in less
  const char* bound = "memory";  // or the kind of arithmetic that takes the longest: "int8", ...
};

// `peaks` of as many threads as do the work. Operations of a kind without a peak of its own count
// at that of F32.
Roofline roofline(const backend::Cost& work, const MachinePeaks& peaks);

// "f32", "bf16", "int8".
const char* arithmetic_name(kernels::Arithmetic kind);

}  // namespace bantam::eval
