#include "text/stop_matcher.h"

#include <gtest/gtest.h>

namespace bantam::text {
namespace {

std::string fed_in_pieces(StopMatcher& matcher, std::string_view text, std::size_t piece) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); i += piece) shown += matcher.push(text.substr(i, piece));
  return shown + matcher.finish();
}

TEST(StopMatcher, EndsAtTheFirstStopHoweverTheTextArrives) {
  for (std::size_t piece = 1; piece < 20; ++piece) {
    StopMatcher matcher({"User:", "\n\n"});
    EXPECT_EQ(fed_in_pieces(matcher, "Hello Us\nUser: more\n\n", piece), "Hello Us\n");
    EXPECT_EQ(matcher.matched(), "User:");
  }
}

TEST(StopMatcher, ShowsAtTheEndWhatOnlyLookedLikeAStop) {
  StopMatcher matcher({"<end>"});
  EXPECT_EQ(matcher.push("a <en"), "a ");
  EXPECT_EQ(matcher.finish(), "<en");
  EXPECT_FALSE(matcher.is_stopped());
}

TEST(StopMatcher, PassesEverythingWithoutStops) {
  StopMatcher matcher({""});
  EXPECT_EQ(matcher.push("text"), "text");
}

TEST(StopMatcher, SeesAStopThatBeginsInsideAFalseStart) {
  StopMatcher matcher({"aab"});
  EXPECT_EQ(fed_in_pieces(matcher, "aaab", 1), "a");
  EXPECT_TRUE(matcher.is_stopped());
}

}  // namespace
}  // namespace bantam::text
