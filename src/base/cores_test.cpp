#include "base/cores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/format.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;

// A folder like /sys/devices.
class CoresTest : public testing::Test {
 protected:
  void SetUp() override {
    sys_ = fs::path(testing::TempDir()) /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(sys_);
    fs::create_directories(sys_);
  }
  void TearDown() override { fs::remove_all(sys_); }

  void write(const fs::path& name, const std::string& text) const {
    fs::create_directories((sys_ / name).parent_path());
    std::ofstream(sys_ / name) << text << '\n';
  }
  void add_processor(int number, const std::string& threads, const std::string& capacity) const {
    const fs::path folder = format("system/cpu/cpu{}", number);
    write(folder / "topology/thread_siblings_list", threads);
    if (!capacity.empty()) write(folder / "cpu_capacity", capacity);
  }

  fs::path sys_;
};

TEST_F(CoresTest, CountsTheThreadsOfACoreOnce) {
  for (int core = 0; core < 4; ++core) {
    add_processor(core, format("{},{}", core, core + 4), "");
    add_processor(core + 4, format("{},{}", core, core + 4), "");
  }
  const Cores all = fast_cores(std::vector{0, 1, 2, 3, 4, 5, 6, 7}, sys_);
  EXPECT_EQ(all.count, 4);
  EXPECT_EQ(all.processors.size(), 8u);
  EXPECT_FALSE(all.has_slower);
  EXPECT_EQ(fast_cores(std::vector{1, 5, 6}, sys_).count, 2);  // what the process may use
}

TEST_F(CoresTest, LeavesOutEfficiencyCores) {
  for (int i = 0; i < 4; ++i) add_processor(i, i < 2 ? "0-1" : "2-3", "");
  for (int i = 4; i < 8; ++i) add_processor(i, format("{}", i), "");
  write("cpu_core/cpus", "0-3");
  write("cpu_atom/cpus", "4-7");
  const Cores fast = fast_cores(std::vector{0, 1, 2, 3, 4, 5, 6, 7}, sys_);
  EXPECT_EQ(fast.count, 2);
  EXPECT_EQ(fast.processors, (std::vector{0, 1, 2, 3}));
  EXPECT_TRUE(fast.has_slower);
  // A process that may use efficiency cores alone uses them.
  EXPECT_EQ(fast_cores(std::vector{5, 6}, sys_).count, 2);
}

TEST_F(CoresTest, KeepsTheBigAndMiddleCoresOfATelephone) {
  for (int i = 0; i < 4; ++i) add_processor(i, format("{}", i), "290");
  for (int i = 4; i < 7; ++i) add_processor(i, format("{}", i), "790");
  add_processor(7, "7", "1024");
  const Cores fast = fast_cores(std::vector{0, 1, 2, 3, 4, 5, 6, 7}, sys_);
  EXPECT_EQ(fast.processors, (std::vector{4, 5, 6, 7}));
  EXPECT_EQ(fast.count, 4);
}

TEST_F(CoresTest, TakesEveryProcessorForACoreWhereTheSystemSaysNothing) {
  const Cores cores = fast_cores(std::vector{0, 2}, sys_);
  EXPECT_EQ(cores.count, 2);
  EXPECT_EQ(cores.processors, (std::vector{0, 2}));
  EXPECT_FALSE(cores.has_slower);
}

TEST_F(CoresTest, OutlivesNonsense) {
  add_processor(0, "x", "y");
  add_processor(1, "5-", "");
  add_processor(2, "1-999999999999", "");
  write("cpu_core/cpus", "-3,,");
  EXPECT_EQ(fast_cores(std::vector{0, 1, 2}, sys_).processors.size(), 3u);
}

TEST_F(CoresTest, ReadsTheQuotaOfAContainer) {
  write("two", "200000 100000");
  write("none", "max 100000");
  EXPECT_EQ(processor_quota(sys_ / "two"), 2.0);
  EXPECT_TRUE(std::isinf(processor_quota(sys_ / "none")));
  EXPECT_TRUE(std::isinf(processor_quota(sys_ / "absent")));
}

TEST_F(CoresTest, FindsAtLeastOneCoreHere) {
  EXPECT_FALSE(usable_processors().empty());
  EXPECT_GE(usable_core_count(), 1);
}

}  // namespace
}  // namespace bantam
