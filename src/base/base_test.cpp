#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

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

TEST(ThreadPool, BalancesARangeWithoutGapsOrOverlaps) {
  for (int workers : {1, 2, 3, 7}) {
    ThreadPool pool(workers);
    for (std::int64_t count : {0, 1, 15, 16, 17, 1000}) {
      for (int round = 0; round < 100; ++round) {
        std::vector<int> hits(static_cast<std::size_t>(count), 0);
        pool.balance(count, 8, [&](int, std::int64_t begin, std::int64_t end) {
          EXPECT_EQ(begin % 8, 0);
          for (auto i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
        });
        EXPECT_EQ(hits, std::vector<int>(static_cast<std::size_t>(count), 1));
      }
    }
  }
}

TEST(ThreadPool, BalancesByGivingTheWorkOfAHeldUpWorkerToOthers) {
  ThreadPool pool(2);
  std::atomic<int> done = 0;
  pool.balance(100, 1, [&](int, std::int64_t begin, std::int64_t end) {
    // The piece with the first grain ends only when all others have been done.
    done += static_cast<int>(end - begin);
    while (begin == 0 && done < 100) std::this_thread::yield();
  });
  EXPECT_EQ(done, 100);
}
}  // namespace bantam
