#include "cli/terminal/interrupt.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace bantam::cli {
namespace {

std::int64_t now = 0;
std::int64_t fake_clock() { return now; }
constexpr std::int64_t kSecond = 1'000'000'000;

TEST(InterruptGuard, TurnsCtrlCIntoAFlagUntilCleared) {
  InterruptGuard guard;
  EXPECT_FALSE(guard.requested());
  std::raise(SIGINT);
  EXPECT_TRUE(guard.requested());
  EXPECT_TRUE(guard.flag());
  guard.clear();
  EXPECT_FALSE(guard.requested());
}

TEST(InterruptGuard, KnowsTwoPressesWithinASecond) {
  struct Row {
    std::int64_t pause;
    bool twice;
  };
  for (const Row row : {Row{kSecond / 2, true}, Row{kSecond, true}, Row{kSecond + 1, false}}) {
    now = 5 * kSecond;
    InterruptGuard guard(fake_clock);
    std::raise(SIGINT);
    EXPECT_FALSE(guard.pressed_twice());
    guard.clear();
    now += row.pause;
    std::raise(SIGINT);
    EXPECT_EQ(guard.pressed_twice(), row.twice) << row.pause;
  }
}

TEST(InterruptGuard, LetsWaitingCallsReturn) {
  InterruptGuard guard;
  struct sigaction action{};
  ::sigaction(SIGINT, nullptr, &action);
  EXPECT_EQ(action.sa_flags & SA_RESTART, 0);
}

TEST(InterruptGuard, GivesTheSignalBack) {
  struct sigaction before{};
  struct sigaction after{};
  ::sigaction(SIGINT, nullptr, &before);
  {
    InterruptGuard guard;
  }
  ::sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(InterruptGuardDeathTest, TheThirdPressThatNobodyHeedsEndsTheProgram) {
  EXPECT_EXIT(
      {
        InterruptGuard guard;
        for (int i = 0; i < 3; ++i) std::raise(SIGINT);
        ::_exit(0);
      },
      testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace bantam::cli
