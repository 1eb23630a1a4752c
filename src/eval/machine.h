// What this machine can do at best, measured now.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/function_ref.h"
#include "base/thread_pool.h"
#include "kernels/kernel_table.h"

namespace bantam::eval {

// Peaks with all threads of a pool.
struct MachinePeaks {
  double read_bytes_per_second = 0;  // sequential reading of memory, far more than caches hold
  // Multiply-adds in registers, 2 operations each, by kernels::Arithmetic; 0 where the level has no
  // instructions for a kind.
  std::array<double, kernels::kArithmeticCount> operations_per_second{};

  double of(kernels::Arithmetic kind) const {
    return operations_per_second[static_cast<std::size_t>(kind)];
  }
};

// Each is the best of several short runs, `seconds` in all: the machine may be shared. Reading is
// of `bytes` of memory, in the pages that weights have, held for the time of the call.
inline constexpr std::int64_t kReadProbeBytes = std::int64_t{512} << 20;
double measure_read_bandwidth(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds,
                              std::int64_t bytes = kReadProbeBytes);
// All kinds of arithmetic, `seconds` for each; without reading.
MachinePeaks measure_arithmetic_peaks(ThreadPool& pool, const kernels::KernelTable& kernels,
                                      double seconds);
// Reading too.
MachinePeaks measure_peaks(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds);

// The most memory that this process had resident, without what measuring took. One thread calls.
class PeakMemory {
 public:
  // Runs `measure`, which frees what it allocates. What it takes counts only where the system
  // cannot forget a peak.
  void leave_out(FunctionRef<void()> measure);
  // So far; 0 where the system does not say.
  std::uint64_t bytes() const;

 private:
  std::uint64_t before_ = 0;
};

// Model name of the processor as the system gives it, or "unknown".
std::string processor_name();

// Physical memory, bytes; 0 where the system does not say.
std::uint64_t memory_bytes();

}  // namespace bantam::eval
