#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/cpu/scalar/exp.h"
#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

constexpr std::int64_t kCounts[] = {1, 2, 7, 16, 30, 64, 1001};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Distance in units of the last place of `exact`, which is a normal float.
double ulps(float found, double exact) {
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::abs(static_cast<double>(found) - exact) / std::ldexp(1.0, exponent - 23);
}

TEST(Exp, IsWithinItsStatedError) {
  double worst = 0.0;
  double worst_subnormal = 0.0;
  for (float x = -103.9f; x < 88.7f; x += 0.000137f) {
    const double exact = std::exp(static_cast<double>(x));
    double& place = exact < 0x1p-126 ? worst_subnormal : worst;
    place = std::max(place, ulps(exp_float(x), exact));
  }
  EXPECT_LT(worst, 1.1);
  EXPECT_LT(worst_subnormal, 1.0);
}

TEST(Exp, SaturatesAtItsEnds) {
  EXPECT_EQ(exp_float(0.0f), 1.0f);
  EXPECT_EQ(exp_float(-104.0f), 0.0f);
  EXPECT_EQ(exp_float(-INFINITY), 0.0f);
  EXPECT_EQ(exp_float(88.73f), INFINITY);
  EXPECT_EQ(exp_float(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(exp_float(NAN)));
}

TEST(SiluMultiply, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : kCounts) {
    TestRandom random(1);
    std::vector<float> gate = random.units(count);
    for (float& value : gate) value *= 120.0f;  // beyond both ends of exp
    const std::vector<float> up = random.units(count);
    std::vector<float> expected(gate.size());
    tables[0].silu_multiply(gate.data(), up.data(), count, expected.data());
    for (std::size_t i = 0; i < gate.size(); ++i) {
      const double x = gate[i];
      EXPECT_NEAR(expected[i], x / (1.0 + std::exp(-x)) * up[i], 4e-7 * std::abs(x));
    }
    for (const KernelTable& table : tables) {
      std::vector<float> out = gate;
      table.silu_multiply(out.data(), up.data(), count, out.data());
      EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << count;
    }
  }
}

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

TEST(Rope, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : {2, 6, 16, 34, 64, 128}) {
    TestRandom random(3);
    const std::vector<float> x = random.units(count);
    const std::vector<float> cosines = random.units(count / 2);
    const std::vector<float> sines = random.units(count / 2);
    for (const bool is_pairs : {true, false}) {
      const auto rotate = [&](const KernelTable& table) {
        std::vector<float> out = x;
        (is_pairs ? table.rope_pairs : table.rope_halves)(out.data(), cosines.data(), sines.data(),
                                                          count);
        return out;
      };
      const std::vector<float> expected = rotate(tables[0]);
      for (const KernelTable& table : tables) {
        EXPECT_TRUE(same_bits(expected, rotate(table))) << table.name << " " << count;
      }
    }
  }
}

TEST(Rope, TurnsThePairsThatItsNameSays) {
  const float cosine[] = {0.0f, 1.0f};
  const float sine[] = {1.0f, 0.0f};
  for (const KernelTable& table : available_tables()) {
    std::vector<float> pairs{1, 2, 3, 4};
    table.rope_pairs(pairs.data(), cosine, sine, 4);
    EXPECT_EQ(pairs, (std::vector<float>{-2, 1, 3, 4})) << table.name;
    std::vector<float> halves{1, 2, 3, 4};
    table.rope_halves(halves.data(), cosine, sine, 4);
    EXPECT_EQ(halves, (std::vector<float>{-3, 2, 1, 4})) << table.name;
  }
}

TEST(Add, AddsInPlaceAtEveryLevel) {
  for (const KernelTable& table : available_tables()) {
    for (const std::int64_t count : kCounts) {
      TestRandom random(6);
      const std::vector<float> a = random.units(count);
      std::vector<float> out = random.units(count);
      std::vector<float> expected = out;
      for (std::size_t i = 0; i < a.size(); ++i) expected[i] = a[i] + out[i];
      table.add(a.data(), out.data(), count, out.data());
      EXPECT_EQ(expected, out) << table.name << " " << count;
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
