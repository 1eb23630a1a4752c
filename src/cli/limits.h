// Rates of arithmetic as `bench` and `doctor` print them.
#pragma once

#include <array>
#include <string>

#include "kernels/kernel_table.h"
#include "text/json.h"

namespace bantam::cli {

// Values by kind of arithmetic: {"f32": …, "bf16": …, "int8": …}.
Json by_arithmetic(const std::array<double, kernels::kArithmeticCount>& values);

// Operations a second: "117.2 GFLOP/s", of integers "468.0 GOP/s".
std::string rate_text(kernels::Arithmetic kind, double operations_per_second);

}  // namespace bantam::cli
