#include "eval/machine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tensor/tensor.h"

namespace bantam::eval {
namespace {

constexpr std::size_t kBytes = std::size_t{64} << 20;

void use_memory() {
  const Buffer memory(kBytes);
  std::fill_n(memory.data(), memory.size(), std::byte{1});
}

TEST(PeakMemory, LeavesOutWhatMeasuringTook) {
  if (::access("/proc/self/clear_refs", W_OK) != 0)
    GTEST_SKIP() << "needs a system that forgets a process's peak memory: Linux with a writable "
                    "/proc/self/clear_refs";
  PeakMemory peak;
  const std::uint64_t before = peak.bytes();
  peak.leave_out([] { use_memory(); });
  EXPECT_LT(peak.bytes(), before + kBytes / 2);
}

TEST(PeakMemory, RemembersWhatCameBefore) {
  PeakMemory peak;
  use_memory();
  const std::uint64_t before = peak.bytes();
  EXPECT_GT(before, kBytes);
  peak.leave_out([] {});
  EXPECT_GE(peak.bytes(), before);
}

TEST(MachinePeaks, HaveARateForEveryKindThatTheLevelHas) {
  ThreadPool pool(2);
  const kernels::KernelTable table = kernels::kernel_table(kernels::detected_cpu_level());
  const MachinePeaks peaks = measure_arithmetic_peaks(pool, table, 0.01);
  EXPECT_GT(peaks.of(kernels::Arithmetic::F32), 0);
  EXPECT_GT(peaks.of(kernels::Arithmetic::Int8), 0);
  EXPECT_EQ(peaks.of(kernels::Arithmetic::BF16) > 0, table.probes.bf16 != nullptr);
  EXPECT_GT(measure_read_bandwidth(pool, table, 0.01, 1 << 20), 0);
}

}  // namespace
}  // namespace bantam::eval
