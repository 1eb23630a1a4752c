#include "cli/terminal/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace bantam::cli {
namespace {

// A terminal whose time stands still until told.
struct FakeScreen {
  std::ostringstream out;
  double now = 100.0;

  ProgressScreen screen(int columns = 120) {
    return {.out = &out, .columns = columns, .seconds = [this] { return now; }};
  }
  std::string take() {
    std::string text = out.str();
    out.str("");
    return text;
  }
};

TEST(Progress, DrawsNothingDuringTheFirstSecond) {
  FakeScreen fake;
  {
    Progress progress(fake.screen(), "load", 100);
    fake.now += 0.99;
    progress.update(99);
  }
  EXPECT_EQ(fake.take(), "");
}

TEST(Progress, ShowsAmountRateAndTimeLeft) {
  FakeScreen fake;
  Progress progress(fake.screen(), "load", 4'000'000'000, ProgressUnit::Bytes);
  fake.now += 2.0;
  progress.update(1'000'000'000);
  EXPECT_EQ(fake.take(),
            "\r\x1b[Kload  [#####...............] 25 %  1.00 GB of 4.00 GB  500 MB/s  6.0 s left");
}

TEST(Progress, WithoutATotalShowsWhatItKnows) {
  FakeScreen fake;
  Progress progress(fake.screen(), "read", 0);
  fake.now += 2.0;
  progress.update(3000);
  EXPECT_EQ(fake.take(), "\r\x1b[Kread  3.00 k  1.50 k/s");
}

TEST(Progress, RedrawsAtMostTenTimesASecond) {
  FakeScreen fake;
  Progress progress(fake.screen(), "load", 1000);
  fake.now += 1.5;
  progress.update(1);
  EXPECT_NE(fake.take(), "");
  fake.now += 0.05;
  progress.update(2);
  EXPECT_EQ(fake.take(), "");
  fake.now += 0.06;
  progress.update(3);
  EXPECT_NE(fake.take(), "");
}

TEST(Progress, ClearsItsLineOnceAtTheEnd) {
  FakeScreen fake;
  Progress progress(fake.screen(), "load", 10);
  fake.now += 2.0;
  progress.update(10);
  fake.take();
  progress.finish();
  EXPECT_EQ(fake.take(), "\r\x1b[K");
  progress.finish();
  progress.update(10);
  EXPECT_EQ(fake.take(), "");
}

TEST(Progress, NeverWrapsNorGoesPastItsTotal) {
  FakeScreen fake;
  Progress progress(fake.screen(20), "a long name of a file", 10);
  fake.now += 2.0;
  progress.update(0);
  EXPECT_EQ(fake.take(), "\r\x1b[Ka long name of a f…");
  Progress other(fake.screen(), "x", 10);
  fake.now += 2.0;
  other.update(25);
  EXPECT_EQ(fake.take(), "\r\x1b[Kx  [####################] 100 %  10 of 10  5/s  0.0 ms left");
}

TEST(Progress, EscapesItsLabel) {
  FakeScreen fake;
  Progress progress(fake.screen(), "\x1b[31m", 0);
  fake.now += 2.0;
  progress.update(1);
  EXPECT_EQ(fake.take(), "\r\x1b[K\\x1b[31m  1  0/s");
}

TEST(Progress, OfASilentScreenNeverAsksForTheTime) {
  Progress progress(ProgressScreen{}, "load", 10);
  progress.update(5);
  progress.finish();
}

TEST(ProgressScreen, IsSilentForJson) { EXPECT_EQ(progress_screen(true).out, nullptr); }

}  // namespace
}  // namespace bantam::cli
