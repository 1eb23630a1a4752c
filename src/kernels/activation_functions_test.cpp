#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

double exact_sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

struct Function {
  Activation activation;
  const char* name;
  double (*exact)(double x);
};

constexpr Function kFunctions[] = {
    {Activation::Silu, "silu", [](double x) { return x * exact_sigmoid(x); }},
    {Activation::GeluTanh, "gelu_tanh",
     [](double x) {
       const double inner = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
       return 0.5 * x * (1.0 + std::tanh(inner));
     }},
    {Activation::Gelu, "gelu", [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }},
    {Activation::Relu, "relu", [](double x) { return std::max(x, 0.0); }},
    {Activation::ReluSquared, "relu_squared",
     [](double x) { return std::max(x, 0.0) * std::max(x, 0.0); }},
    {Activation::Sigmoid, "sigmoid", exact_sigmoid},
};
static_assert(std::size(kFunctions) == kActivationCount);

// Random values beyond both ends of exp and around zero, and the edges themselves.
std::vector<float> inputs(std::int64_t count) {
  TestRandom random(1);
  std::vector<float> x = random.units(count);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] *= i % 3 == 0 ? 120.0f : i % 3 == 1 ? 5.0f : 0.01f;
  const float edges[] = {0.0f, -0.0f, 1e-40f, -1e-40f, 1e30f, -1e30f, 5.6f, -5.6f};
  for (std::size_t i = 0; i + 1 < x.size() && i < std::size(edges); ++i) x[i + 1] = edges[i];
  return x;
}

TEST(ActivationFunctions, AreWithinTheirStatedError) {
  for (const Function& function : kFunctions) {
    const auto run = kernel_table(CpuLevel::Scalar).activate[static_cast<int>(function.activation)];
    double worst = 0.0;  // of |x|, or of the result where it is larger
    for (float x = -20.0f; x < 20.0f; x += 0.0000937f) {
      float found = 0.0f;
      run(&x, 1, &found);
      const double exact = function.exact(x);
      const double size = std::max(std::abs(exact), std::abs(static_cast<double>(x)));
      worst = std::max(worst, std::abs(found - exact) / size);
    }
    RecordProperty(function.name, std::to_string(worst * 1e9) + "e-9");
    EXPECT_LT(worst, 1.5e-7) << function.name;
  }
}

TEST(ActivationFunctions, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const Function& function : kFunctions) {
    const auto index = static_cast<std::size_t>(function.activation);
    for (const std::int64_t count : kCounts) {
      const std::vector<float> x = inputs(count);
      const std::vector<float> up = TestRandom(2).units(count);
      std::vector<float> plain(x.size());
      std::vector<float> gated(x.size());
      tables[0].activate[index](x.data(), count, plain.data());
      tables[0].gate[index](x.data(), up.data(), count, gated.data());
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(gated[i], plain[i] * up[i]);
      for (const KernelTable& table : tables) {
        std::vector<float> out = x;
        table.activate[index](out.data(), count, out.data());
        EXPECT_TRUE(same_bits(plain, out)) << table.name << " " << function.name << " " << count;
        out = x;
        table.gate[index](out.data(), up.data(), count, out.data());
        EXPECT_TRUE(same_bits(gated, out)) << table.name << " " << function.name << " " << count;
        out = up;
        table.gate[index](x.data(), out.data(), count, out.data());
        EXPECT_TRUE(same_bits(gated, out)) << table.name << " " << function.name << " " << count;
      }
    }
  }
}

TEST(ActivationFunctions, ShowANaNAtEveryLevel) {
  for (const KernelTable& table : available_tables()) {
    for (const Function& function : kFunctions) {
      std::vector<float> x(17, NAN);
      table.activate[static_cast<int>(function.activation)](x.data(), 17, x.data());
      for (const float value : x) EXPECT_TRUE(std::isnan(value)) << table.name << function.name;
    }
  }
}

// Gates and ups side by side (stride 2) or each for itself; gates beyond the limit on both sides.
TEST(GateClamped, MatchesADoublePrecisionVersionInPlaceAtEveryLevel) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : kCounts) {
    for (const std::int64_t stride : {1, 2, 3}) {
      std::vector<float> x = TestRandom(3).units((count + 1) * std::max<std::int64_t>(stride, 2));
      for (float& value : x) value *= 20.0f;
      const std::int64_t ups = stride == 1 ? count : 1;
      std::vector<float> expected = x;
      tables[0].gate_clamped(expected.data(), expected.data() + ups, stride, 7.0f, count,
                             expected.data());
      for (std::int64_t i = 0; i < count; ++i) {
        const double g = std::min<double>(x[static_cast<std::size_t>(i * stride)], 7.0);
        const double u =
            std::clamp<double>(x[static_cast<std::size_t>(ups + i * stride)], -7.0, 7.0);
        EXPECT_NEAR(expected[static_cast<std::size_t>(i)], g * exact_sigmoid(1.702 * g) * (u + 1),
                    3e-6 * std::max(1.0, std::abs(g)));
      }
      for (const KernelTable& table : tables) {
        std::vector<float> out = x;
        table.gate_clamped(out.data(), out.data() + ups, stride, 7.0f, count, out.data());
        EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << count << " " << stride;
      }
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
