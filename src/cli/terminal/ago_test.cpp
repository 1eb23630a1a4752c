#include "cli/terminal/ago.h"

#include <gtest/gtest.h>

namespace bantam::cli {
namespace {

TEST(Ago, TakesTheUnitThatFits) {
  constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
  EXPECT_EQ(ago(-5), "now");
  EXPECT_EQ(ago(0), "Less than a second ago");
  EXPECT_EQ(ago(59), "59 seconds ago");
  EXPECT_EQ(ago(60), "About a minute ago");
  EXPECT_EQ(ago(59 * 60), "59 minutes ago");
  EXPECT_EQ(ago(kHour), "About an hour ago");
  EXPECT_EQ(ago(47 * kHour), "47 hours ago");
  EXPECT_EQ(ago(2 * kDay), "2 days ago");
  EXPECT_EQ(ago(14 * kDay), "2 weeks ago");
  EXPECT_EQ(ago(60 * kDay), "2 months ago");
  EXPECT_EQ(ago(800 * kDay), "2 years ago");
}

TEST(ListBytes, ShowsTwoDigitsOrMore) {
  EXPECT_EQ(list_bytes(0), "0 B");
  EXPECT_EQ(list_bytes(999), "999 B");
  EXPECT_EQ(list_bytes(1500), "1.5 KB");
  EXPECT_EQ(list_bytes(2'019'393'189), "2.0 GB");
  EXPECT_EQ(list_bytes(815'319'791), "815 MB");
  EXPECT_EQ(list_bytes(404'000'000'000), "404 GB");
}

}  // namespace
}  // namespace bantam::cli
