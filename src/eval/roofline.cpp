#include "eval/roofline.h"

namespace bantam::eval {

using kernels::Arithmetic;

Roofline roofline(const backend::Cost& work, const MachinePeaks& peaks) {
  double arithmetic = 0;
  double longest = 0;
  Arithmetic kind = Arithmetic::F32;
  for (std::size_t i = 0; i < kernels::kArithmeticCount; ++i) {
    const double own = peaks.operations_per_second[i];
    const double peak = own > 0 ? own : peaks.of(Arithmetic::F32);
    const double seconds = work.operations[i] / peak;
    arithmetic += seconds;
    if (seconds <= longest) continue;
    longest = seconds;
    kind = static_cast<Arithmetic>(i);
  }
  const double memory = work.bytes() / peaks.read_bytes_per_second;
  if (memory >= arithmetic) return {memory, "memory"};
  return {arithmetic, arithmetic_name(kind)};
}

const char* arithmetic_name(Arithmetic kind) {
  switch (kind) {
    case Arithmetic::F32:
      return "f32";
    case Arithmetic::BF16:
      return "bf16";
    case Arithmetic::Int8:
      return "int8";
  }
  return "unknown";
}

}  // namespace bantam::eval
