#include "eval/machine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/clock.h"
#include "tensor/tensor.h"

namespace bantam::eval {
namespace {

constexpr std::int64_t kProbeIterations = 20000;

// The best rate of `work`, which returns the operations it did, over `seconds`.
template <typename Work>
double best_rate(double seconds, const Work& work) {
  const Stopwatch total;
  double best = 0;
  do {
    const Stopwatch watch;
    const double operations = work();
    best = std::max(best, operations / watch.seconds());
  } while (total.seconds() < seconds);
  return best;
}

// The text after "KEY:" in a file of such lines, trimmed; empty where there is none.
std::string value_of(const char* file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

double (*probe_of(const kernels::Probes& probes, kernels::Arithmetic kind))(std::int64_t) {
  switch (kind) {
    case kernels::Arithmetic::F32:
      return probes.f32;
    case kernels::Arithmetic::BF16:
      return probes.bf16;
    case kernels::Arithmetic::Int8:
      return probes.int8;
  }
  return nullptr;
}

// Largest resident memory of this process since it began, or since the peak was forgotten.
std::uint64_t peak_resident_bytes() {
  const std::string text = value_of("/proc/self/status", "VmHWM");
  std::uint64_t kilobytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes * 1024;
}

}  // namespace

double measure_read_bandwidth(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds,
                              std::int64_t bytes) {
  const Buffer memory(static_cast<std::size_t>(bytes));
  constexpr std::int64_t kGrain = 4096;
  // Gives every page memory of its own, from the thread that will read it.
  pool.split(bytes, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::fill(memory.data() + begin, memory.data() + end, std::byte{1});
  });
  return best_rate(seconds, [&] {
    pool.split(bytes, kGrain, [&](std::int64_t begin, std::int64_t end) {
      kernels.probes.read(memory.data() + begin, end - begin);
    });
    return static_cast<double>(bytes);
  });
}

MachinePeaks measure_arithmetic_peaks(ThreadPool& pool, const kernels::KernelTable& kernels,
                                      double seconds) {
  MachinePeaks peaks;
  for (std::size_t kind = 0; kind < kernels::kArithmeticCount; ++kind) {
    const auto probe = probe_of(kernels.probes, static_cast<kernels::Arithmetic>(kind));
    if (probe == nullptr) continue;
    peaks.operations_per_second[kind] = best_rate(seconds, [&] {
      double operations = 0;
      pool.run([&](int worker) {
        const double mine = probe(kProbeIterations);
        if (worker == 0) operations = mine;
      });
      return operations * pool.worker_count();
    });
  }
  return peaks;
}

MachinePeaks measure_peaks(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds) {
  MachinePeaks peaks = measure_arithmetic_peaks(pool, kernels, seconds);
  peaks.read_bytes_per_second = measure_read_bandwidth(pool, kernels, seconds);
  return peaks;
}

void PeakMemory::leave_out(FunctionRef<void()> measure) {
  before_ = bytes();
  measure();
  // "5" sets the peak to what is resident now: proc(5), /proc/pid/clear_refs.
  std::ofstream("/proc/self/clear_refs") << 5;
}

std::uint64_t PeakMemory::bytes() const { return std::max(before_, peak_resident_bytes()); }

std::string processor_name() {
  std::string name = value_of("/proc/cpuinfo", "model name");
  return name.empty() ? "unknown" : name;
}

std::uint64_t memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
             : 0;
}

}  // namespace bantam::eval
