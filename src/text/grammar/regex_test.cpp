#include "text/grammar/regex.h"

#include <gtest/gtest.h>

#include "text/grammar/test_support.h"

namespace bantam::grammar::test {
namespace {

struct Case {
  const char* expression;
  std::vector<std::string> valid, invalid;
};

TEST(Regex, DescribesWholeTexts) {
  const Case cases[] = {
      {"abc", {"abc"}, {"ab", "abcd", "xabc"}},
      {"^a|b$", {"a", "b"}, {"ab", ""}},
      {"(cat|dog)s?", {"cat", "dogs"}, {"cats!", "s"}},
      {"\\d{4}-\\d{2}", {"2024-01"}, {"2024-1", "٢٠٢٤-٠١"}},
      {"[^\\d\\s]+", {"abc", "é"}, {"a1", "a b", "a\u00A0"}},
      {"\\w+@\\w+\\.(com|org)", {"a_1@b.com"}, {"a@b.net", "é@b.com"}},
      {"a{2,3}?b*?", {"aa", "aaabbb"}, {"a", "aaaa"}},
      {"(?:ab)+(?<year>\\d)(?P<x>y)", {"ab1y", "abab2y"}, {"1y"}},
      {".", {"x", "é", "😀"}, {"\n", "\xFF", "xx"}},
      {"\\x41\\u00e9\\.\\-\\/", {"Aé.-/"}, {"Aéx-/"}},
      {"[a\\-z]+[]x]", {}, {}},
      {"[+--]", {"+", ",", "-"}, {"."}},
      {"[\\w.-]+", {"a.b-c"}, {"a b"}},
      {"", {""}, {"a"}},
      {"(a|)b", {"b", "ab"}, {"a"}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.expression);
    if (each.valid.empty() && each.invalid.empty()) {
      EXPECT_NE(error_of([&] { compile_regex(each.expression); }), "");
      continue;
    }
    const Grammar grammar = compile_regex(each.expression);
    for (const std::string& text : each.valid) EXPECT_TRUE(accepts(grammar, text)) << text;
    for (const std::string& text : each.invalid) EXPECT_FALSE(accepts(grammar, text)) << text;
  }
}

TEST(Regex, StaysSmallWhereSubsetsWouldExplode) {
  const Grammar grammar = compile_regex("(a|b)*a(a|b){30}");
  EXPECT_LT(grammar.state_count(), 1000U);
  EXPECT_TRUE(accepts(grammar, "bba" + std::string(30, 'b')));
  EXPECT_FALSE(accepts(grammar, "bbb" + std::string(30, 'b')));
}

TEST(Regex, RefusesWhatItCannotKeep) {
  const std::pair<const char*, const char*> cases[] = {
      {"(?=a)b", "assertions and flags are not supported"},
      {"(?<!a)b", "assertions and flags are not supported"},
      {"(a)\\1", "escape \\1 is not supported"},
      {"\\bword", "escape \\b is not supported"},
      {"\\p{L}", "escape \\p is not supported"},
      {"a^b", "only at the beginning"},
      {"(a$|b)", "only at the end"},
      {"a$b", "only at the end"},
      {"a**", "repetition of a repetition"},
      {"a*+", "repetition of a repetition"},
      {"^+x", "repetition of nothing"},
      {"^{2}", "repetition of nothing"},
      {"(a", "\")\""},
      {"a)", "closes"},
      {"[a", "\"]\""},
      {"[]", "no characters"},
      {"[[:alpha:]]", "named classes"},
      {"a{1000001}", "at most 1000000"},
      {"[z-a]", "in their order"},
      {"\\", "an escape"},
      {"\\xG0", "2 hexadecimal digits"},
  };
  for (const auto& [source, message] : cases) {
    const std::string error = error_of([&] { compile_regex(source); });
    EXPECT_NE(error.find(message), std::string::npos) << source << "\n" << error;
  }
  const std::string nested = std::string(200, '(') + "a" + std::string(200, ')');
  EXPECT_NE(error_of([&] { compile_regex(nested); }).find("nested deeper"), std::string::npos);
}

}  // namespace
}  // namespace bantam::grammar::test
