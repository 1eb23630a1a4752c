// The processor cores that work is best given to.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace bantam {

// Logical processors by their numbers in Linux.
struct Cores {
  int count = 1;                // whole cores; two hardware threads of a core are one
  std::vector<int> processors;  // all hardware threads of these cores, ascending
  bool has_slower = false;      // whether cores of a slower kind were left out
};

// Those of the `allowed` processors that are of the fast kinds: where a processor mixes kinds, the
// efficiency cores would hold up the others. Asks `sys`, a folder laid out as /sys/devices is
// (Documentation/ABI/stable/sysfs-devices-system-cpu of Linux; Intel's kinds: cpu_core and
// cpu_atom); what is missing there counts as all cores alike, each with one thread. Any thread.
Cores fast_cores(std::span<const int> allowed, const std::filesystem::path& sys = "/sys/devices");

// Logical processors this process may run on; never empty. Any thread.
std::vector<int> usable_processors();

// Processors' time that a container may use a second, from a file like cgroup v2's cpu.max;
// infinity where there is no limit. Any thread.
double processor_quota(const std::filesystem::path& file = "/sys/fs/cgroup/cpu.max");

// How many threads to use where nobody says: one a fast core, as far as the quota goes; at least 1.
int usable_core_count();

}  // namespace bantam
