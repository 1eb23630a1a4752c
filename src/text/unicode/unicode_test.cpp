#include <gtest/gtest.h>

#include "text/unicode/char_class.h"
#include "text/unicode/normal_form.h"

namespace bantam::text {
namespace {

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
