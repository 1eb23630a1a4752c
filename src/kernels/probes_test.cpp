#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "kernels/test_levels.h"

namespace bantam::kernels {
namespace {

TEST(Probes, CountTheOperationsOfEveryIteration) {
  for (const KernelTable& table : available_tables()) {
    for (const auto probe : {table.probes.f32, table.probes.int8, table.probes.bf16}) {
      if (probe == nullptr) continue;
      EXPECT_GT(probe(1), 0) << table.name;
      EXPECT_EQ(probe(100), 100 * probe(1)) << table.name;
    }
  }
}

TEST(Probes, ReadEveryWord) {
  TestRandom random(7);
  std::vector<std::uint64_t> words(4096);
  std::uint64_t sum = 0;
  for (std::uint64_t& word : words) sum += word = random.next();
  const auto* memory = reinterpret_cast<const std::byte*>(words.data());
  for (const KernelTable& table : available_tables()) {
    EXPECT_EQ(table.probes.read(memory, std::ssize(words) * 8), sum) << table.name;
  }
}

TEST(Probes, MeasureBfloat16WhereTheProcessorMultipliesIt) {
  std::ifstream file("/proc/cpuinfo");
  const std::string processor(std::istreambuf_iterator<char>(file), {});
  const bool has_products = processor.find(" avx512_bf16") != std::string::npos;
  const KernelTable best = kernel_table(detected_cpu_level());
  const bool is_measured = std::string_view(best.name).starts_with("avx512") && has_products;
  EXPECT_EQ(best.probes.bf16 != nullptr, is_measured) << best.name;
  EXPECT_EQ(kernel_table(CpuLevel::Scalar).probes.bf16, nullptr);
}

}  // namespace
}  // namespace bantam::kernels
