#include "eval/roofline.h"

#include <gtest/gtest.h>

namespace bantam::eval {
namespace {

constexpr MachinePeaks kPeaks{.read_bytes_per_second = 10, .operations_per_second = {4, 8, 16}};

backend::Cost work(double bytes, double f32, double bf16, double int8) {
  backend::Cost cost;
  cost.weight_bytes = bytes;
  cost.operations = {f32, bf16, int8};
  return cost;
}

TEST(Roofline, IsTheTimeOfMemoryWhereThatIsTheLongest) {
  const Roofline found = roofline(work(50, 4, 8, 16), kPeaks);
  EXPECT_DOUBLE_EQ(found.seconds, 5);
  EXPECT_STREQ(found.bound, "memory");
}

TEST(Roofline, AddsTheTimesOfAllArithmeticAndNamesTheLongest) {
  const Roofline found = roofline(work(10, 4, 8, 32), kPeaks);
  EXPECT_DOUBLE_EQ(found.seconds, 4);
  EXPECT_STREQ(found.bound, "int8");
  EXPECT_STREQ(roofline(work(10, 4, 40, 32), kPeaks).bound, "bf16");
  EXPECT_STREQ(roofline(work(10, 40, 40, 32), kPeaks).bound, "f32");
}

TEST(Roofline, CountsBytesOfWeightsAndCacheReadAndWritten) {
  backend::Cost cost = work(10, 0, 0, 0);
  cost.kv_read_bytes = 20;
  cost.kv_write_bytes = 30;
  EXPECT_DOUBLE_EQ(roofline(cost, kPeaks).seconds, 6);
}

TEST(Roofline, CountsKindsWithoutAPeakAsFloats) {
  MachinePeaks peaks = kPeaks;
  peaks.operations_per_second[1] = 0;
  const Roofline found = roofline(work(0, 4, 8, 0), peaks);
  EXPECT_DOUBLE_EQ(found.seconds, 3);
  EXPECT_STREQ(found.bound, "bf16");
}

}  // namespace
}  // namespace bantam::eval
