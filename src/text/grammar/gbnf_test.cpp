#include "text/grammar/gbnf.h"

#include <gtest/gtest.h>

#include "text/grammar/test_support.h"

namespace bantam::grammar::test {
namespace {

struct Case {
  const char* grammar;
  std::vector<std::string> valid, invalid;
};

TEST(Gbnf, DescribesTheTextsThatItsRulesSpell) {
  const Case cases[] = {
      {"root ::= \"yes\" | \"no\"", {"yes", "no"}, {"", "y", "yesno", "YES"}},
      {"root ::= [a-c]+ [^0-9]? # a comment\n", {"a", "abcab", "ab-", "aé"}, {"", "a1", "-"}},
      {"root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2}", {"aab", "aabbbcc"}, {"ab", "aa", "aabccc"}},
      {"root ::= item (\", \" item)*\nitem ::= [0-9]+", {"1", "1, 22, 3"}, {"1,2", "1, ", ""}},
      {"root ::= \"(\" root \")\" | \"x\"", {"x", "((x))"}, {"(x", "()", "x)"}},
      {"root ::= .{3}", {"abc", "äöü", "\n\n\n"}, {"ab", "abcd", "\xFF\xFF\xFF"}},
      {R"(root ::= "\x41\u00e9\U0001F600\t\"\\" [\]\[])", {"Aé😀\t\"\\]", "Aé😀\t\"\\["}, {"A"}},
      {"root ::= (\"a\" |\n  \"b\")\n", {"a", "b"}, {"ab"}},
      {"root ::= \"a\" |\n  \"b\"\nother ::= \"c\"", {"a", "b"}, {"c"}},
      {"root ::= \"a\" | ", {"a", ""}, {"b"}},
      {"root ::= [a-]+ [^\\x00-\\x7F]", {"a-é", "-😀"}, {"aa", "b😀"}},
      {"root ::= list\nlist ::= \"x\" list | \"x\"", {"x", "xxxxx"}, {"", "y"}},
      {"root ::= a b\na ::= \"1\"?\nb ::= a a", {"", "1", "111"}, {"1111"}},
      {"root ::= [a-z]{3,2000} \"!\"",
       {"abc!", std::string(2000, 'q') + "!"},
       {"ab!", std::string(2001, 'q') + "!"}},
      {"root ::= (\"ab\" | \"c\"){1000,100000}", {std::string(1000, 'c')}, {std::string(999, 'c')}},
      {"root ::= (\"a\"*){5,9}", {"", "a", "aaaaaaaaaaaaaaaaa"}, {"b"}},
      {"root ::= ((\"a\"?){400,900}){2,3} \"b\"", {"b", "aaab"}, {"a"}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.grammar);
    const Grammar grammar = compile_gbnf(each.grammar);
    for (const std::string& text : each.valid) EXPECT_TRUE(accepts(grammar, text)) << text;
    for (const std::string& text : each.invalid) EXPECT_FALSE(accepts(grammar, text)) << text;
  }
}

TEST(Gbnf, LeavesRulesToSchemas) {
  const GbnfSchema schemas[] = {
      {"number", R"({"enum": [1, 2]})"},
      {"text", R"({"$ref": "#/$defs/a", "$defs": {"a": {"enum": ["b"]}}})"},
      {"unused", "{}"}};
  const Grammar grammar = compile_gbnf("root ::= \"<\" number (\",\" text)* \">\"", schemas);
  for (const char* text : {"<1>", "<2,\"b\",\"b\">"}) EXPECT_TRUE(accepts(grammar, text)) << text;
  for (const char* text : {"<>", "<3>", "<1,b>"}) EXPECT_FALSE(accepts(grammar, text)) << text;
}

TEST(Gbnf, RefusesARuleThatIsDefinedTwice) {
  const GbnfSchema schemas[] = {{"root", "{}"}};
  EXPECT_EQ(error_of([&] { compile_gbnf("root ::= \"a\"", schemas); }),
            "grammar: the rule \"root\" is defined by a schema as well");
}

TEST(Gbnf, FollowsArithmeticWithNestedBrackets) {
  const Grammar grammar = compile_gbnf(
      "root  ::= (expr \"=\" ws term \"\\n\")+\n"
      "expr  ::= term ([-+*/] term)*\n"
      "term  ::= ident | num | \"(\" ws expr \")\" ws\n"
      "ident ::= [a-z] [a-z0-9_]* ws\n"
      "num   ::= [0-9]+ ws\n"
      "ws    ::= [ \\t\\n]*\n");
  EXPECT_TRUE(accepts(grammar, "x +(3*(y -2)) = 10\n"));
  EXPECT_TRUE(accepts(grammar, "a=1\nb = (c)\n"));
  EXPECT_FALSE(accepts(grammar, "x + = 10\n"));
  EXPECT_FALSE(accepts(grammar, "((x) = 1\n"));
}

TEST(Gbnf, KeepsCountingThroughRecursion) {
  const Grammar grammar = compile_gbnf("root ::= (\"[\" root \"]\" | [a-z]{600,700}){2,1000}");
  const std::string word(600, 'w');
  EXPECT_FALSE(accepts(grammar, word));
  EXPECT_TRUE(accepts(grammar, word + word));
  EXPECT_TRUE(accepts(grammar, "[" + word + word + "]" + word));
  EXPECT_FALSE(accepts(grammar, "[" + word + "]" + word));
}

TEST(Gbnf, RefusesWhatItCannotReadAndSaysWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no rule \"root\""},
      {"start ::= \"a\"", "no rule \"root\""},
      {"root ::= other", "\"other\" is used but not defined"},
      {"root ::= \"a", "line 1, column 12: found the end, expected the closing quote"},
      {"root ::= (\"a\"", "\")\""},
      {"root ::= [a-", "the last character of a range"},
      {"root ::= [z-a]", "ends before it begins"},
      {"root ::= \"a\"{", "a number of repetitions"},
      {"root ::= \"a\"{3,2}", "3 repetitions at least but 2 at most"},
      {"root ::= \"a\"{9999999}", "at most 1000000 repetitions"},
      {"root ::= *", "the end of the line"},
      {"root ::= \"a\"\n  | \"b\"", "line 2, column 3"},
      {"root ::= \"\\q\"", "one of t, r, n"},
      {"root ::= \"\\ud800\"", "a Unicode character"},
      {"root = \"a\"", "\"::=\""},
      {"root ::= <think>", "token literals are not supported"},
      {"root ::= \"a\"\nroot ::= \"b\"", "defined twice"},
      {"root ::= root \"a\" | \"b\"", "left recursion"},
      {"root ::= a\na ::= b \"x\"?\nb ::= \" \"? a | \"y\"", "left recursion"},
      {"root ::= \"a\" root", "no text fits"},
      {"root ::= []", "no text fits"},
      {"root ::= \"\xFF\"", "not UTF-8"},
  };
  for (const auto& [source, message] : cases) {
    const std::string error = error_of([&] { compile_gbnf(source); });
    EXPECT_NE(error.find(message), std::string::npos) << source << "\n" << error;
  }
}

}  // namespace
}  // namespace bantam::grammar::test
