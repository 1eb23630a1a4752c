#include "cli/limits.h"

#include "base/format.h"
#include "eval/roofline.h"

namespace bantam::cli {

using kernels::Arithmetic;

Json by_arithmetic(const std::array<double, kernels::kArithmeticCount>& values) {
  Json found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    found[eval::arithmetic_name(static_cast<Arithmetic>(i))] = values[i];
  }
  return found;
}

std::string rate_text(Arithmetic kind, double operations_per_second) {
  return fixed(operations_per_second / 1e9, 1) + (kind == Arithmetic::Int8 ? " GOP/s" : " GFLOP/s");
}

}  // namespace bantam::cli
