// Ctrl-C as a flag that a loop looks at, instead of the end of the program.
#pragma once

#include <csignal>

#include <atomic>
#include <cstdint>

namespace bantam::cli {

// Nanoseconds of a clock that never goes back; called from a signal handler.
using InterruptClock = std::int64_t (*)();
std::int64_t steady_nanoseconds();

// Takes over SIGINT while it lives, one at a time in a process. A press sets the flag; the third
// press that finds nobody cleared it ends the program as if the signal had never been taken over.
// System calls that wait return EINTR. Made and destroyed by one thread; the questions are for any
// thread.
class InterruptGuard {
 public:
  explicit InterruptGuard(InterruptClock clock = steady_nanoseconds);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Whether Ctrl-C was pressed since the last clear().
  bool requested() const { return flag().load(std::memory_order_relaxed); }

  // For code that takes a cancel flag; lives as long as the program.
  const std::atomic<bool>& flag() const;
  void clear();

  // Whether the latest press came within a second of the one before, cleared or not: at a prompt
  // the user means to leave.
  bool pressed_twice() const;

 private:
  struct sigaction before_{};
};

}  // namespace bantam::cli
