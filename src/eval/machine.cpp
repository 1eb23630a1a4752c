#include "eval/machine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/clock.h"
#include "tensor/tensor.h"

namespace bantam::eval {
namespace {

constexpr std::int64_t kReadBytes = std::int64_t{512} << 20;
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

}  // namespace

double measure_read_bandwidth(ThreadPool& pool, const kernels::KernelTable& kernels,
                              std::int64_t bytes, double seconds) {
  const Buffer memory(static_cast<std::size_t>(bytes));
  constexpr std::int64_t kGrain = 4096;
  std::fill_n(memory.data(), memory.size(), std::byte{1});  // give every page memory of its own
  return best_rate(seconds, [&] {
    pool.split(bytes, kGrain, [&](std::int64_t begin, std::int64_t end) {
      kernels.probes.read(memory.data() + begin, end - begin);
    });
    return static_cast<double>(bytes);
  });
}

MachinePeaks measure_peaks(ThreadPool& pool, const kernels::KernelTable& kernels, double seconds) {
  const auto on_all = [&](double (*probe)(std::int64_t)) {
    return best_rate(seconds / 3, [&] {
      double operations = 0;
      pool.run([&](int worker) {
        const double mine = probe(kProbeIterations);
        if (worker == 0) operations = mine;
      });
      return operations * pool.worker_count();
    });
  };
  MachinePeaks peaks;
  peaks.f32_flops_per_second = on_all(kernels.probes.f32);
  peaks.int8_ops_per_second = on_all(kernels.probes.int8);
  peaks.read_bytes_per_second = measure_read_bandwidth(pool, kernels, kReadBytes, seconds / 3);
  return peaks;
}

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

std::uint64_t peak_resident_bytes() {
  const std::string text = value_of("/proc/self/status", "VmHWM");
  std::uint64_t kilobytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes * 1024;
}

}  // namespace bantam::eval
