#include "text/grammar/token_matcher.h"

#include <gtest/gtest.h>

#include "text/grammar/gbnf.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/regex.h"
#include "text/grammar/test_support.h"

namespace bantam::grammar::test {
namespace {

// What allowed() promises, token by token: a token may come if the text can go on after it.
std::vector<text::TokenId> slowly_allowed(const Grammar& grammar, const VocabularyTrie& vocabulary,
                                          const std::string& text, text::TokenId stop) {
  Recognizer recognizer(grammar);
  const auto here = recognizer.advance(recognizer.start(), text);
  std::vector<text::TokenId> ids;
  for (text::TokenId id = 0; id < stop; ++id) {
    const std::string_view bytes = vocabulary.bytes(id);
    if (!bytes.empty() && recognizer.advance(here, bytes) != Recognizer::kDead) ids.push_back(id);
  }
  if (recognizer.is_complete(here)) ids.push_back(stop);
  return ids;
}

// Pieces of the texts that the grammars below describe, so that tokens cross their rules' ends.
std::shared_ptr<const VocabularyTrie> mixed_vocabulary(std::mt19937& random) {
  const std::string alphabet = "{}[]\":, \n\\abctrue01-.eé";
  std::vector<std::string> tokens{"\": \"",
                                  "\",\"",
                                  "\"}",
                                  "}}",
                                  "]}",
                                  "true}",
                                  "null",
                                  "  ",
                                  "\n  ",
                                  "{\"a\":",
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                  "aaaaaaaaaaaaaaaaaaa\"",
                                  "aaaaaaaaaaaaaaaaaaaaaaaaa\", \"b\""};
  for (int i = 0; i < 600; ++i) {
    std::string token;
    for (std::size_t n = random() % 5 + 2; n > 0; --n)
      token += alphabet[random() % alphabet.size()];
    tokens.push_back(token);
  }
  return vocabulary(tokens);
}

TEST(TokenMatcher, AllowsExactlyTheTokensAfterWhichTheTextCanGoOn) {
  std::mt19937 random(1);
  const auto tokens = mixed_vocabulary(random);
  const auto stop = static_cast<text::TokenId>(tokens->vocabulary_size());
  const std::vector<Grammar> grammars = [] {
    std::vector<Grammar> list;
    list.push_back(compile_json_object());
    list.push_back(compile_json_schema(R"({"type":"object","properties":{
        "a":{"type":"string","maxLength":30},"b":{"type":"array","items":{"type":"integer"}},
        "c":{"enum":["true","ab",10,null]}},"required":["a"]})"));
    list.push_back(compile_json_schema(R"({"type":"array","minItems":1,"items":{"anyOf":[
        {"type":"string","minLength":3},{"type":"number","minimum":-1.5,"maximum":10},
        {"$ref":"#"}]}})"));
    list.push_back(compile_json_schema(R"({"type":"object","additionalProperties":
        {"type":"string","minLength":18,"maxLength":40}})"));
    list.push_back(compile_regex("(a|b)*a(a|b){12}"));
    list.push_back(compile_regex("[a-c]{2,}( [a-c]{2,})*\\."));
    list.push_back(compile_gbnf(
        "root ::= word (\" \" word)*\nword ::= [a-z]+ | \"\\\"\" [a-z]{0,2000} \"\\\"\""));
    list.push_back(
        compile_gbnf("root ::= \"{\" root \"}\" | \"[\" root \"]\" root | \"a\" | \"\""));
    list.push_back(
        compile_gbnf("root ::= a \"x\" | b \"y\"\na ::= \"a\" a? \"b\"\nb ::= \"a\" b? \"b\""));
    return list;
  }();
  for (std::size_t g = 0; g < grammars.size(); ++g) {
    const auto grammar = std::make_shared<TokenGrammar>(grammars[g], tokens);
    for (int round = 0; round < 12; ++round) {
      TokenMatcher matcher(grammar, {stop});
      std::string text;
      for (int step = 0; step < 25; ++step) {
        const std::vector<text::TokenId> ids = ids_in(matcher.allowed());
        ASSERT_EQ(ids, slowly_allowed(grammars[g], *tokens, text, stop))
            << "grammar " << g << " after " << text;
        if (ids.empty()) break;
        const text::TokenId id = ids[random() % ids.size()];
        ASSERT_TRUE(matcher.accept(id)) << "grammar " << g << " after " << text;
        if (id == stop) break;
        text += tokens->bytes(id);
      }
    }
  }
}

TEST(TokenMatcher, AllowsTheStopOnlyWhereTheTextIsComplete) {
  const auto tokens = vocabulary();
  const auto grammar = std::make_shared<TokenGrammar>(compile_regex("ab?"), tokens);
  TokenMatcher matcher(grammar, {300});
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{'a'}));
  EXPECT_FALSE(matcher.accept(300));
  EXPECT_TRUE(matcher.accept('a'));
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{'b', 300}));
  EXPECT_TRUE(matcher.accept(300));
  EXPECT_TRUE(matcher.is_stopped());
  EXPECT_TRUE(ids_in(matcher.allowed()).empty());
  EXPECT_FALSE(matcher.accept('b'));
}

TEST(TokenMatcher, LeavesTheTextAloneWhereATokenCannotCome) {
  const auto grammar =
      std::make_shared<TokenGrammar>(compile_regex("abc"), vocabulary({"ab", "ax"}));
  TokenMatcher matcher(grammar, {});
  EXPECT_FALSE(matcher.accept(257));
  EXPECT_FALSE(matcher.accept(-1));
  EXPECT_FALSE(matcher.accept(9999));
  EXPECT_TRUE(matcher.accept(256));
  EXPECT_TRUE(matcher.accept('c'));
}

TEST(TokenMatcher, PassesOverTheBlankThatATokenizerPutsInFront) {
  const auto tokens = vocabulary({" ab", " a", "ab"});
  const auto grammar = std::make_shared<TokenGrammar>(compile_regex("ab c"), tokens);
  TokenMatcher matcher(grammar, {}, true);
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{'a', 256, 257, 258}));
  EXPECT_TRUE(matcher.accept(256));
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{' '}));
  EXPECT_TRUE(matcher.accept(' '));
  EXPECT_TRUE(matcher.accept('c'));
}

TEST(TokenMatcher, NeverMeetsADeadEnd) {
  const auto grammar = std::make_shared<TokenGrammar>(
      compile_gbnf("root ::= \"a\" b | \"a\" c\nb ::= \"x\" b\nc ::= \"x\" c | \"y\""),
      vocabulary());
  TokenMatcher matcher(grammar, {300});
  for (const char c : std::string("axxxxxxy")) {
    EXPECT_FALSE(ids_in(matcher.allowed()).empty());
    EXPECT_TRUE(matcher.accept(c));
  }
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{300}));
}

TEST(TokenMatcher, ForgetsWhatItHasSeenWithoutLosingItsPlace) {
  // Every nesting makes situations of its own; far more than are kept at once.
  const auto grammar = std::make_shared<TokenGrammar>(
      compile_gbnf("root ::= \"[\" (root \",\")* \"]\""), vocabulary({"[[", "],", "]]"}));
  TokenMatcher matcher(grammar, {300});
  constexpr int kDepth = 30000;
  for (int i = 0; i < kDepth; ++i) ASSERT_TRUE(matcher.accept('['));
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_TRUE(matcher.accept(']'));
    if (i + 1 < kDepth) {
      ASSERT_TRUE(matcher.accept(','));
    }
    if (i % 1000 == 0) {
      ASSERT_FALSE(ids_in(matcher.allowed()).empty());
    }
  }
  EXPECT_EQ(ids_in(matcher.allowed()), (std::vector<text::TokenId>{300}));
}

}  // namespace
}  // namespace bantam::grammar::test
