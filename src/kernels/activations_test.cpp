#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Blocks of 256 that differ in kind: random, zero, tiny, huge, ties, one outlier.
std::vector<float> various_values() {
  TestRandom random(4);
  std::vector<float> values;
  for (int kind = 0; kind < 8; ++kind) {
    for (int i = 0; i < 256; ++i) {
      float value = random.unit();
      if (kind == 1) value = 0.0f;
      if (kind == 2) value *= 1e-38f;
      if (kind == 3) value *= 3e38f;
      if (kind == 4) value = static_cast<float>(i % 128) - 63.5f;
      if (kind == 5 && i == 100) value = -1e6f;
      if (kind == 6) value = i == 7 ? -127.0f : static_cast<float>(i % 64) + 0.5f;
      if (kind == 7) value *= 1e-30f;
      values.push_back(value);
    }
  }
  return values;
}

TEST(Activations, EveryLevelWritesTheSameBytes) {
  const std::vector<float> values = various_values();
  const auto count = static_cast<std::int64_t>(values.size());
  const std::vector<KernelTable> tables = available_tables();
  std::vector<ActivationQ8x32> small(values.size() / 32);
  std::vector<ActivationQ8x256> large(values.size() / 256);
  tables[0].quantize_q8x32(values.data(), count, small.data());
  tables[0].quantize_q8x256(values.data(), count, large.data());
  for (const KernelTable& table : tables) {
    std::vector<ActivationQ8x32> small_found(small.size());
    std::vector<ActivationQ8x256> large_found(large.size());
    table.quantize_q8x32(values.data(), count, small_found.data());
    table.quantize_q8x256(values.data(), count, large_found.data());
    EXPECT_EQ(std::memcmp(small.data(), small_found.data(), small.size() * sizeof small[0]), 0)
        << table.name;
    EXPECT_EQ(std::memcmp(large.data(), large_found.data(), large.size() * sizeof large[0]), 0)
        << table.name;
  }
}

TEST(Activations, StayWithinHalfAStepAndSumUp) {
  const std::vector<float> values = TestRandom(9).units(512);
  std::vector<ActivationQ8x256> blocks(2);
  kernel_table(CpuLevel::Scalar).quantize_q8x256(values.data(), 512, blocks.data());
  for (std::size_t i = 0; i < 512; ++i) {
    const ActivationQ8x256& block = blocks[i / 256];
    const float value = block.scale * static_cast<float>(block.values[i % 256]);
    EXPECT_LE(std::abs(value - values[i]), 0.5001f * block.scale);
  }
  for (const ActivationQ8x256& block : blocks) {
    for (int group = 0; group < 16; ++group) {
      int sum = 0;
      for (int i = 0; i < 16; ++i) sum += block.values[16 * group + i];
      EXPECT_EQ(block.sums[group], sum);
    }
  }
}

TEST(Activations, AnInfinityOrNanShowsAsANanScale) {
  for (const KernelTable& table : available_tables()) {
    for (const float bad : {kInfinity, -kInfinity, std::nanf("")}) {
      std::vector<float> values(256, 1.0f);
      values[200] = bad;
      std::vector<ActivationQ8x32> small(8);
      std::vector<ActivationQ8x256> large(1);
      table.quantize_q8x32(values.data(), 256, small.data());
      table.quantize_q8x256(values.data(), 256, large.data());
      EXPECT_TRUE(std::isnan(small[6].scale)) << table.name;
      EXPECT_EQ(small[5].scale, 1.0f / 127.0f) << table.name;
      EXPECT_TRUE(std::isnan(large[0].scale)) << table.name;
    }
  }
}

TEST(Activations, RoundToBfloat16ByTheBook) {
  const std::vector<std::pair<float, std::uint16_t>> known{
      {1.0f, 0x3f80},          {0x1.01p0f, 0x3f80},  {0x1.03p0f, 0x3f82},  // ties to even
      {0x1.010002p0f, 0x3f81}, {-2.5f, 0xc020},      {3.4e38f, 0x7f80},    // past the largest
      {kInfinity, 0x7f80},     {-kInfinity, 0xff80}, {1e-39f, 0},          // subnormal
      {-1e-39f, 0x8000},       {0x1p-126f, 0x0080},  {std::nanf(""), 0x7fc0}};
  std::vector<float> values;
  for (const auto& [value, rounded] : known) values.push_back(value);
  values.push_back(0.5f);  // an odd count
  for (const KernelTable& table : available_tables()) {
    std::vector<std::uint16_t> rounded(values.size() + 1, 0x1234);
    table.round_bf16(values.data(), std::ssize(values), rounded.data());
    for (std::size_t i = 0; i < known.size(); ++i) {
      EXPECT_EQ(rounded[i], known[i].second) << table.name << ": " << known[i].first;
    }
    EXPECT_EQ(rounded[known.size()], 0x3f00) << table.name;
    EXPECT_EQ(rounded.back(), 0) << table.name << ": the end of an odd count";
  }
}

TEST(Activations, RoundToBfloat16AlikeAtEveryLevel) {
  const std::vector<float> values = various_values();
  std::vector<std::uint16_t> expected(values.size());
  kernel_table(CpuLevel::Scalar).round_bf16(values.data(), std::ssize(values), expected.data());
  for (const KernelTable& table : available_tables()) {
    std::vector<std::uint16_t> rounded(values.size());
    table.round_bf16(values.data(), std::ssize(values), rounded.data());
    EXPECT_EQ(rounded, expected) << table.name;
  }
}

}  // namespace
}  // namespace bantam::kernels
