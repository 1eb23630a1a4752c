#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "kernels/kernel_table.h"

namespace bantam::kernels {
namespace {

TEST(CpuLevels, RiseFromScalarToTheDetectedOne) {
  const std::vector<CpuLevel> levels = available_cpu_levels();
  ASSERT_FALSE(levels.empty());
  EXPECT_EQ(levels.front(), CpuLevel::Scalar);
  EXPECT_EQ(levels.back(), detected_cpu_level());
  EXPECT_TRUE(std::ranges::is_sorted(levels, std::ranges::less_equal()));
  std::cout << "levels:";  // emulated_processors.cmake knows what they must be
  for (const CpuLevel level : levels) std::cout << ' ' << cpu_level_name(level);
  std::cout << '\n';
}

TEST(CpuLevels, NameTheirTables) {
  for (const CpuLevel level : available_cpu_levels()) {
    EXPECT_STREQ(kernel_table(level).name, cpu_level_name(level));
  }
}

}  // namespace
}  // namespace bantam::kernels
