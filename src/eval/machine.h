// What this machine can do at best, measured now.
#pragma once

#include <cstdint>
#include <string>

#include "base/thread_pool.h"
#include "kernels/kernel_table.h"

namespace bantam::eval {

// Peaks with all threads of a pool.
struct MachinePeaks {
  double read_bytes_per_second = 0;  // sequential reading of memory, far more than caches hold
  double f32_flops_per_second = 0;   // multiply-adds in registers, 2 operations each
  double int8_ops_per_second = 0;  // integer dot products in registers, 2 operations a multiply-add
};

// Best of several short runs (about `seconds` in all): the machine may be shared.
MachinePeaks measure_peaks(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds);

// Bandwidth alone, over `bytes` of memory.
double measure_read_bandwidth(ThreadPool& pool, const kernels::KernelTable& kernels,
                              std::int64_t bytes, double seconds);

// Model name of the processor as the system gives it, or "unknown".
std::string processor_name();

// Physical memory, bytes; 0 where the system does not say.
std::uint64_t memory_bytes();

// Largest resident memory of this process so far, bytes; 0 where the system does not say.
std::uint64_t peak_resident_bytes();

}  // namespace bantam::eval
