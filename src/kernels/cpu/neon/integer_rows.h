// The linear kernels of all types with integer arithmetic, row by row, with a level's `Dot`.
#pragma once

#include "kernels/cpu/neon/q8x256_rows.h"
#include "kernels/cpu/neon/q8x32_rows.h"

namespace bantam::kernels {
namespace {

template <typename Dot>
void register_integer_rows(KernelTable& table) {
  const auto set = [&table](DType type, LinearFunction run) {
    table.linear[static_cast<std::uint32_t>(type)].run = run;
  };
  set(DType::Q8_0, q8x32_rows<Dot, Q8_0Format>);
  set(DType::Q4_0, q8x32_rows<Dot, Q4_0Format>);
  set(DType::Q4_1, q8x32_rows<Dot, Q4_1Format>);
  set(DType::Q5_0, q8x32_rows<Dot, Q5_0Format>);
  set(DType::Q5_1, q8x32_rows<Dot, Q5_1Format>);
  set(DType::IQ4_NL, q8x32_rows<Dot, IQ4_NLFormat>);
  set(DType::MXFP4, q8x32_rows<Dot, MXFP4Format>);
  set(DType::Q2_K, q8x256_rows<Dot, Q2_KFormat>);
  set(DType::Q3_K, q8x256_rows<Dot, Q3_KFormat>);
  set(DType::Q4_K, q8x256_rows<Dot, Q4_KFormat>);
  set(DType::Q5_K, q8x256_rows<Dot, Q5_KFormat>);
  set(DType::Q6_K, q8x256_rows<Dot, Q6_KFormat>);
  set(DType::IQ4_XS, q8x256_rows<Dot, IQ4_XSFormat>);
}

}  // namespace
}  // namespace bantam::kernels
