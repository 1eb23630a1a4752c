// How much memory there is for copies that the system cannot take back.
#pragma once

#include <cstdint>
#include <filesystem>

namespace bantam::engine {

// Bytes that this process can take without the system having to swap, caches of files included,
// and without a container's limit being reached. `meminfo` is laid out as /proc/meminfo is, `group`
// as a folder of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst of Linux); what does not say,
// or sets no limit, counts as endless. Any thread.
std::int64_t available_memory(const std::filesystem::path& meminfo = "/proc/meminfo",
                              const std::filesystem::path& group = "/sys/fs/cgroup");

}  // namespace bantam::engine
