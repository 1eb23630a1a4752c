#include "cli/terminal/escape.h"

#include <gtest/gtest.h>

#include <random>

namespace bantam::cli {
namespace {

TEST(Escape, LetsOrdinaryTextPass) {
  for (const std::string_view text : {"plain", "two\nlines\tand a tab", "naïve café", "日本語",
                                      "👩‍👩‍👧 🇪🇺", "e\u0301", ""}) {
    EXPECT_EQ(escaped_for_terminal(text), text);
  }
}

TEST(Escape, ShowsWhatWouldSteerATerminal) {
  struct Row {
    std::string_view text, shown;
  };
  const Row rows[] = {
      {"\x1b[2J", "\\x1b[2J"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {"over\rwrite\b", "over\\x0dwrite\\x08"},
      {std::string_view("nul\0", 4), "nul\\x00"},
      {"\x7f", "\\x7f"},
      {"\u009b31m", "\\x9b31m"},
      {"abc\u202edef\u2066", "abc\\u202edef\\u2066"},
      {"\u200f\u061c\u2028", "\\u200f\\u061c\\u2028"},
      {"\xff\xc3", "\\xff\\xc3"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
  };
  for (const Row& row : rows) EXPECT_EQ(escaped_for_terminal(row.text), row.shown);
}

TEST(Escape, KeepsALineOnOneLine) { EXPECT_EQ(escaped_line("a\nb\tc"), "a\\x0ab\\x09c"); }

TEST(Escape, LeavesNoControlByteInRandomBytes) {
  const unsigned seed = 20250101;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    const std::string shown = escaped_for_terminal(text);
    for (const char byte : shown) {
      const auto code = static_cast<unsigned char>(byte);
      ASSERT_TRUE((code >= 0x20 && code != 0x7f) || byte == '\n' || byte == '\t') << int{code};
    }
    ASSERT_EQ(escaped_for_terminal(shown), shown);
  }
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("é"), 1u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("日本"), 4u);
}

TEST(CutToWidth, EndsInAnEllipsisOnlyIfSomethingIsMissing) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

}  // namespace
}  // namespace bantam::cli
