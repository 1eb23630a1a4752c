#include "bad_files/refusal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <ctime>
#include <fstream>
#include <optional>

namespace bantam::test {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr double kSlowdown = 10;  // figures are of plain builds
#else
constexpr double kSlowdown = 1;
#endif
// A hang, not a speed: a refusal takes some milliseconds on any machine.
constexpr double kHangSeconds = 20;
constexpr double kKilobytesMax = 64'000 * kSlowdown;

// Processor time of this process: other programs do not disturb it.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// A figure of /proc/self/status in kB; nothing on systems without it.
std::optional<std::int64_t> status_kilobytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stoll(line.substr(key.size() + 1));
  }
  return std::nullopt;
}

// Lets the peak start again from what is in use now.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace

void expect_refusal(const BadFile& expected, FunctionRef<void()> open) {
  SCOPED_TRACE(expected.name);
  reset_peak();
  const auto before = status_kilobytes("VmRSS");
  const double start = cpu_seconds();
  std::string message;
  try {
    open();
  } catch (const Error& error) {
    message = error.what();
    EXPECT_EQ(error_name(error.code()), error_name(expected.code)) << message;
  }
  const double seconds = cpu_seconds() - start;
  const auto peak = status_kilobytes("VmHWM");
  ASSERT_FALSE(message.empty()) << "no error";
  for (const std::string& fragment : expected.fragments) {
    EXPECT_NE(message.find(fragment), std::string::npos) << message << "\nlacks: " << fragment;
  }
  EXPECT_LT(seconds, kHangSeconds) << message;
  if (before && peak) {
    EXPECT_LT(static_cast<double>(*peak - *before), kKilobytesMax) << message;
  }
}

}  // namespace bantam::test
