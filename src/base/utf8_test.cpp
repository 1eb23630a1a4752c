#include "base/utf8.h"

#include <gtest/gtest.h>

namespace bantam {
namespace {

TEST(Utf8, ReadsAndWritesEveryCodePoint) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string text = to_utf8(c);
    const Utf8Step step = read_utf8(text);
    ASSERT_EQ(step.kind, Utf8Step::Kind::Character);
    ASSERT_EQ(step.value, c);
    ASSERT_EQ(step.length, text.size());
    ASSERT_EQ(read_valid_utf8(text.data()).value, c);
  }
}

TEST(Utf8, ReplacesEachMaximalBrokenPartOnce) {
  // Unicode 15, section 3.9, table 3-8 and its neighbours.
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\xFF"
       "b",
       "a�b"},
      {"\xC0\xAF", "��"},
      {"\xE2\x82", "�"},
      {"\xE2\x82"
       "A",
       "�A"},
      {"\xF0\x9F\x98", "�"},
      {"\xF0\x80\x80\x41", "���A"},
      {"\xED\xA0\x80", "���"},
      {"\xF4\x91\x92\x93", "����"},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "����A"},
      {"\x80\x80", "��"},
      {"é😀", "é😀"}};
  for (const auto& [bytes, expected] : cases) {
    EXPECT_EQ(repair_utf8(bytes), expected);
    EXPECT_EQ(is_valid_utf8(bytes), bytes == expected);
    EXPECT_TRUE(is_valid_utf8(repair_utf8(bytes)));
  }
}

TEST(Utf8, TellsAnUnfinishedCharacterFromABrokenOne) {
  EXPECT_EQ(read_utf8("\xE2\x82").kind, Utf8Step::Kind::Incomplete);
  EXPECT_EQ(read_utf8("\xF0").kind, Utf8Step::Kind::Incomplete);
  EXPECT_EQ(read_utf8("\xF0\x80").kind, Utf8Step::Kind::Broken);
  EXPECT_EQ(read_utf8("\xC1").kind, Utf8Step::Kind::Broken);
}

}  // namespace
}  // namespace bantam
