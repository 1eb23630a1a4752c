#include <gtest/gtest.h>

#include <cmath>

#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

TEST(RmsNorm, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : kCounts) {
    TestRandom random(2);
    const std::vector<float> x = random.units(count);
    const std::vector<float> weight = random.units(count);
    std::vector<float> expected(x.size());
    tables[0].rms_norm(x.data(), weight.data(), 1e-5f, count, expected.data());
    double squares = 0.0;
    for (const float value : x) squares += static_cast<double>(value) * value;
    const double factor = 1.0 / std::sqrt(squares / static_cast<double>(count) + 1e-5);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(expected[i], x[i] * factor * weight[i], 1e-6 * factor);
    }
    for (const KernelTable& table : tables) {
      std::vector<float> out = x;
      table.rms_norm(out.data(), weight.data(), 1e-5f, count, out.data());
      EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << count;
    }
  }
}

// Layer norm in double precision; `bias` may be null.
std::vector<double> exact_layer_norm(const std::vector<float>& x, const std::vector<float>& weight,
                                     const float* bias, double epsilon) {
  double mean = 0.0;
  for (const float value : x) mean += value;
  mean /= static_cast<double>(x.size());
  double variance = 0.0;
  for (const float value : x) variance += (value - mean) * (value - mean);
  variance /= static_cast<double>(x.size());
  std::vector<double> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.push_back((x[i] - mean) / std::sqrt(variance + epsilon) * weight[i] +
                  (bias == nullptr ? 0.0 : bias[i]));
  }
  return out;
}

TEST(LayerNorm, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : kCounts) {
    TestRandom random(9);
    std::vector<float> x = random.units(count);
    for (float& value : x) value += 3.0f;  // a mean that matters
    const std::vector<float> weight = random.units(count);
    const std::vector<float> biases = random.units(count);
    for (const float* bias : {biases.data(), static_cast<const float*>(nullptr)}) {
      std::vector<float> expected(x.size());
      tables[0].layer_norm(x.data(), weight.data(), bias, 1e-5f, count, expected.data());
      const std::vector<double> exact = exact_layer_norm(x, weight, bias, 1e-5);
      for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(expected[i], exact[i], 1e-5) << count;
      for (const KernelTable& table : tables) {
        std::vector<float> out = x;
        table.layer_norm(out.data(), weight.data(), bias, 1e-5f, count, out.data());
        EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << count;
      }
    }
  }
}

TEST(LayerNorm, KeepsItsAccuracyFarFromZero) {
  for (const KernelTable& table : available_tables()) {
    TestRandom random(10);
    std::vector<float> x = random.units(1001);
    for (float& value : x) value += 1000.0f;  // mean^2 is 3 million times the variance
    const std::vector<float> weight(x.size(), 1.0f);
    std::vector<float> out(x.size());
    table.layer_norm(x.data(), weight.data(), nullptr, 1e-5f, 1001, out.data());
    const std::vector<double> exact = exact_layer_norm(x, weight, nullptr, 1e-5);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(out[i], exact[i], 3e-4) << table.name;
  }
}

}  // namespace
}  // namespace bantam::kernels
