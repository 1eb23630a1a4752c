#include <gtest/gtest.h>

#include <cmath>

#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

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

// The kernels of two inputs, in place over the second, against one expression.
void check_in_place(void (*run)(const KernelTable&, const float*, float*, std::int64_t),
                    float (*exact)(float, float)) {
  for (const KernelTable& table : available_tables()) {
    for (const std::int64_t count : kCounts) {
      TestRandom random(6);
      const std::vector<float> a = random.units(count);
      std::vector<float> out = random.units(count);
      std::vector<float> expected = out;
      for (std::size_t i = 0; i < a.size(); ++i) expected[i] = exact(a[i], out[i]);
      run(table, a.data(), out.data(), count);
      EXPECT_EQ(expected, out) << table.name << " " << count;
    }
  }
}

TEST(Add, AddsInPlaceAtEveryLevel) {
  check_in_place([](const KernelTable& table, const float* a, float* b,
                    std::int64_t count) { table.add(a, b, count, b); },
                 [](float a, float b) { return a + b; });
}

TEST(AddScaled, RoundsOnceAtEveryLevel) {
  check_in_place([](const KernelTable& table, const float* a, float* b,
                    std::int64_t count) { table.add_scaled(a, b, 0.3f, count, b); },
                 [](float a, float b) { return std::fma(0.3f, b, a); });
}

TEST(Multiply, MultipliesInPlaceAtEveryLevel) {
  check_in_place([](const KernelTable& table, const float* a, float* b,
                    std::int64_t count) { table.multiply(a, b, count, b); },
                 [](float a, float b) { return a * b; });
}

TEST(Scale, MultipliesByTheFactorAtEveryLevel) {
  check_in_place([](const KernelTable& table, const float*, float* b,
                    std::int64_t count) { table.scale(b, 0.7f, count, b); },
                 [](float, float b) { return 0.7f * b; });
}

TEST(Softcap, EveryLevelEqualsScalarBitForBit) {
  const std::vector<KernelTable> tables = available_tables();
  for (const std::int64_t count : kCounts) {
    TestRandom random(7);
    std::vector<float> x = random.units(count);
    for (float& value : x) value *= 400.0f;
    x[0] = 0.01f;
    std::vector<float> expected(x.size());
    tables[0].softcap(x.data(), 30.0f, count, expected.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = 30.0 * std::tanh(static_cast<double>(x[i]) / 30.0);
      EXPECT_NEAR(expected[i], exact, 4e-7 * std::abs(exact));
    }
    for (const KernelTable& table : tables) {
      std::vector<float> out = x;
      table.softcap(out.data(), 30.0f, count, out.data());
      EXPECT_TRUE(same_bits(expected, out)) << table.name << " " << count;
    }
  }
}

}  // namespace
}  // namespace bantam::kernels
