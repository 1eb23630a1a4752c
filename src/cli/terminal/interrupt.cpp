#include "cli/terminal/interrupt.h"

#include <cerrno>
#include <chrono>
#include <limits>

#include "base/check.h"

namespace bantam::cli {
namespace {

constexpr std::int64_t kTwiceNanoseconds = 1'000'000'000;
constexpr int kPressesMax = 3;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min() / 2;

// A signal handler has no argument to find its object by, so its state is the process's.
std::atomic<bool> requested_flag = false;
std::atomic<int> presses = 0;  // since the last clear()
std::atomic<std::int64_t> latest_press = kNever;
std::atomic<std::int64_t> press_before = kNever;
std::atomic<InterruptClock> press_clock = nullptr;  // null while no guard lives
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "handlers may not take locks");

void on_interrupt(int number) {
  const int error = errno;
  press_before = latest_press.load();
  latest_press = press_clock.load()();
  requested_flag = true;
  if (++presses >= kPressesMax) {
    std::signal(number, SIG_DFL);
    std::raise(number);  // takes effect when this handler returns
  }
  errno = error;
}

}  // namespace

std::int64_t steady_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

InterruptGuard::InterruptGuard(InterruptClock clock) {
  InterruptClock none = nullptr;
  BANTAM_CHECK(press_clock.compare_exchange_strong(none, clock), "one InterruptGuard at a time");
  clear();
  latest_press = kNever;
  press_before = kNever;
  struct sigaction action{};
  action.sa_handler = on_interrupt;  // no SA_RESTART: waiting calls are to return
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &before_);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &before_, nullptr);
  press_clock = nullptr;
}

const std::atomic<bool>& InterruptGuard::flag() const { return requested_flag; }

void InterruptGuard::clear() {
  presses = 0;
  requested_flag = false;
}

bool InterruptGuard::pressed_twice() const {
  return latest_press.load() - press_before.load() <= kTwiceNanoseconds;
}

}  // namespace bantam::cli
