#include <gtest/gtest.h>

#include "text/unicode/char_class.h"
#include "text/unicode/normal_form.h"
#include "text/unicode/utf8.h"

namespace bantam::text {
namespace {

TEST(Utf8, ReadsAndWritesEveryCodePoint) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string text = to_utf8(c);
    const Utf8Step step = read_utf8(text);
    ASSERT_EQ(step.kind, Utf8Step::Kind::Character);
    ASSERT_EQ(step.value, c);
    ASSERT_EQ(step.length, text.size());
    ASSERT_EQ(read_valid(text.data()).value, c);
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

TEST(CharClasses, KnowCharactersOfEveryAge) {
  const CharClassTable& classes = char_classes();
  EXPECT_TRUE(classes[U'a'] & kLetter);
  EXPECT_TRUE(classes[U'中'] & kLetter);
  EXPECT_TRUE(classes[0x2EBF0] & kLetter);   // Unicode 15.1
  EXPECT_TRUE(classes[0x1C89] & kUpperish);  // Unicode 16.0
  EXPECT_FALSE(classes[0x2EE5E] & kLetter);  // unassigned
  EXPECT_TRUE(classes[U'½'] & kNumber);
  EXPECT_TRUE(classes[0x85] & kSpace);
  EXPECT_FALSE(classes[0x180E] & kSpace);
  EXPECT_FALSE(classes[0x200B] & kSpace);
  EXPECT_TRUE(classes[0x10FFFD] & kOther);
}

struct NormalCase {
  std::string_view text, nfc, nfd, nfkc, nfkd;
};

TEST(Normalize, GivesTheFourForms) {
  const NormalCase cases[] = {
      {"e\xCC\x81", "é", "e\xCC\x81", "é", "e\xCC\x81"},
      {"ﬁ½", "ﬁ½", "ﬁ½", "fi1⁄2", "fi1⁄2"},
      {"q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87", "q\xCC\xA3\xCC\x87", "q\xCC\xA3\xCC\x87",
       "q\xCC\xA3\xCC\x87"},
      {"\xEA\xB0\x81", "\xEA\xB0\x81", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "\xEA\xB0\x81",
       "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8"},  // Hangul
      {"ﾊ\xEF\xBE\x9F", "ﾊ\xEF\xBE\x9F", "ﾊ\xEF\xBE\x9F", "\xE3\x83\x91",
       "\xE3\x83\x8F\xE3\x82\x9A"},
      {"\xE0\xA5\x98", "\xE0\xA4\x95\xE0\xA4\xBC", "\xE0\xA4\x95\xE0\xA4\xBC",
       "\xE0\xA4\x95\xE0\xA4\xBC", "\xE0\xA4\x95\xE0\xA4\xBC"},  // excluded from composition
      {"", "", "", "", ""}};
  for (const NormalCase& one : cases) {
    EXPECT_EQ(normalize(one.text, NormalForm::Nfc), one.nfc);
    EXPECT_EQ(normalize(one.text, NormalForm::Nfd), one.nfd);
    EXPECT_EQ(normalize(one.text, NormalForm::Nfkc), one.nfkc);
    EXPECT_EQ(normalize(one.text, NormalForm::Nfkd), one.nfkd);
  }
}

TEST(Normalize, SortsAMillionMarksInTime) {
  std::string marks = "a";
  for (int i = 0; i < 500'000; ++i) marks += "\xCC\x81\xCC\xA3";  // classes 230 and 220 in turn
  const std::string sorted = normalize(marks, NormalForm::Nfc);
  EXPECT_EQ(sorted.substr(0, 7), "ạ\xCC\xA3\xCC\xA3");
  EXPECT_TRUE(sorted.ends_with("\xCC\x81\xCC\x81"));
}

TEST(Lowercase, MapsCharactersOneByOne) { EXPECT_EQ(lowercase("ÀΣİǅẞ中"), "àσi\xCC\x87ǆß中"); }

}  // namespace
}  // namespace bantam::text
