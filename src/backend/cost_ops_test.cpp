#include "backend/cost_ops.h"

#include <gtest/gtest.h>

namespace bantam::backend {
namespace {

using kernels::Arithmetic;

double operations(const Cost& cost, Arithmetic kind) {
  return cost.operations[static_cast<std::size_t>(kind)];
}

TEST(CostOps, CountsProductsByTheArithmeticOfTheirKernel) {
  const kernels::KernelTable table = kernels::kernel_table(kernels::CpuLevel::Scalar);
  struct Case {
    DType type;
    Arithmetic kind;
  };
  for (const auto [type, kind] :
       {Case{DType::F32, Arithmetic::F32}, Case{DType::F16, Arithmetic::F32},
        Case{DType::Q8_0, Arithmetic::Int8}, Case{DType::Q4_K, Arithmetic::Int8}}) {
    CostOps ops(table);
    const Tensor x = ops.allocate({3, 256});
    const Tensor out = ops.allocate({3, 5});
    const Tensor weight{type, {5, 256}, nullptr};
    ops.linear(x, std::array{Projection{&weight, nullptr, out}});
    for (std::size_t i = 0; i < kernels::kArithmeticCount; ++i) {
      const double wanted = static_cast<Arithmetic>(i) == kind ? 2.0 * 3 * 5 * 256 : 0;
      EXPECT_EQ(ops.cost().operations[i], wanted) << type_name(type) << ' ' << i;
    }
    EXPECT_EQ(ops.cost().bytes(), static_cast<double>(weight.byte_count())) << type_name(type);
  }
}

TEST(CostOps, CountsWorkOnActivationsAsFloats) {
  const kernels::KernelTable table = kernels::kernel_table(kernels::CpuLevel::Scalar);
  CostOps ops(table);
  const Tensor x = ops.allocate({3, 256});
  ops.multiply(x, x, x);
  EXPECT_EQ(operations(ops.cost(), Arithmetic::F32), 3.0 * 256);
  EXPECT_EQ(operations(ops.cost(), Arithmetic::Int8), 0);
}

}  // namespace
}  // namespace bantam::backend
