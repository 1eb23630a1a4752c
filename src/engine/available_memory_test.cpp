#include "engine/available_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "support/temporary_folder.h"

namespace bantam::engine {
namespace {

constexpr std::string_view kMeminfo =
    "MemTotal:       4096000 kB\nMemFree:         100000 kB\nMemAvailable:   3000000 kB\n";
constexpr std::int64_t kOfTheSystem = std::int64_t{3000000} * 1024;

TEST(AvailableMemory, IsWhatTheSystemSays) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(available_memory(folder.path() / "none", folder.path()), INT64_MAX);
  const auto meminfo = folder.write("meminfo", kMeminfo);
  EXPECT_EQ(available_memory(meminfo, folder.path()), kOfTheSystem);
  folder.write("memory.current", "1000000\n");
  folder.write("memory.max", "max\n");
  EXPECT_EQ(available_memory(meminfo, folder.path()), kOfTheSystem);
}

TEST(AvailableMemory, StaysWithinTheLimitOfAContainer) {
  const test::TemporaryFolder folder;
  const auto meminfo = folder.write("meminfo", kMeminfo);
  folder.write("memory.max", "2000000000\n");
  folder.write("memory.current", "700000000\n");
  EXPECT_EQ(available_memory(meminfo, folder.path()), 1300000000);
  folder.write("memory.stat",
               "anon 90\nfile 600000000\ninactive_file 400000000\nactive_file 100000000\n");
  EXPECT_EQ(available_memory(meminfo, folder.path()), 1800000000) << "without pages of files";
  folder.write("memory.max", "100000000\n");
  EXPECT_EQ(available_memory(meminfo, folder.path()), 0);
  folder.write("memory.max", "9000000000\n");
  EXPECT_EQ(available_memory(meminfo, folder.path()), kOfTheSystem);
}

}  // namespace
}  // namespace bantam::engine
