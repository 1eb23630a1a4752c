#include <gtest/gtest.h>
#include "base/format.h"
#include "base/thread_pool.h"
namespace bantam {
TEST(Format, ReplacesBracesInOrder) { EXPECT_EQ(format("{} of {}", 3, "x"), "3 of x"); }
TEST(ThreadPool, SplitsARangeWithoutGapsOrOverlaps) {
  for (int workers : {1, 2, 3}) {
    ThreadPool pool(workers);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> hits(1000, 0);
      pool.split(1000, 8, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
      });
      EXPECT_EQ(hits, std::vector<int>(1000, 1));
    }
  }
}
}  // namespace bantam
