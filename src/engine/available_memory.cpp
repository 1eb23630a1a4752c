#include "engine/available_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace bantam::engine {
namespace {

// The number after a key, in a file of lines that each begin with both.
std::optional<std::int64_t> number_after(std::string_view key, const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string found;
  std::string rest;
  for (std::int64_t number = 0; file >> found >> number; std::getline(file, rest)) {
    if (found == key) return number;
  }
  return std::nullopt;
}

std::optional<std::int64_t> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;  // "max", or no such file
}

}  // namespace

std::int64_t available_memory(const std::filesystem::path& meminfo,
                              const std::filesystem::path& group) {
  std::int64_t available = std::numeric_limits<std::int64_t>::max();
  if (const auto kilobytes = number_after("MemAvailable:", meminfo)) available = *kilobytes * 1024;
  const auto limit = number_in(group / "memory.max");
  const auto used = number_in(group / "memory.current");
  if (!limit || !used) return available;
  // Pages of files count as used until others need their place.
  const auto of_files = [&](std::string_view key) {
    return number_after(key, group / "memory.stat").value_or(0);
  };
  const std::int64_t taken = *used - of_files("active_file") - of_files("inactive_file");
  return std::min(available, std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, taken)));
}

}  // namespace bantam::engine
