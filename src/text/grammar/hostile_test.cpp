// Schemas, grammars and expressions that want to crash, hang or fill the memory.
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <functional>

#include "base/format.h"
#include "text/grammar/gbnf.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/regex.h"
#include "text/grammar/test_support.h"

namespace bantam::grammar::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
// A hang, not a speed: each of these takes some milliseconds on any machine.
constexpr double kHangSeconds = 20;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

// Compiles, and follows some tokens where that succeeds; only an Error may stop it.
void survive(const std::function<Grammar()>& compile, const std::string& source) {
  static const auto tokens =
      vocabulary({"{\"", "\": ", "\",", "aaa", "}}", "  ", "11", "aaaaaaaa"});
  const double begin = cpu_seconds();
  try {
    const auto grammar = std::make_shared<TokenGrammar>(compile(), tokens);
    TokenMatcher matcher(grammar, {300});
    std::mt19937 random(1);
    const Drawn drawn = draw(matcher, *tokens, 300, random, 12);
    EXPECT_FALSE(drawn.is_stuck) << source.substr(0, 2000) << "\n" << drawn.text;
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
  }
  EXPECT_LT(cpu_seconds() - begin, kHangSeconds) << source.substr(0, 300);
}

void survive_gbnf(const std::string& source) {
  survive([&] { return compile_gbnf(source); }, source);
}
void survive_regex(const std::string& source) {
  survive([&] { return compile_regex(source); }, source);
}
void survive_schema(const std::string& source) {
  survive([&] { return compile_json_schema(source); }, source);
}

// Threads of servers and other programs may have little stack.
template <typename Work>
void on_small_stack(Work work) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kSanitized ? 4 << 20 : 256 << 10), 0);
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    (*static_cast<Work*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(HostileGrammars, NestingAndSizeAreRefusedOnASmallStack) {
  on_small_stack([] {
    for (const std::size_t n : {100U, 127U, 128U, 129U, 60000U, 262144U}) {
      survive_gbnf("root ::= " + repeated("(", n) + "\"a\"" + repeated(")", n));
      survive_gbnf("root ::= " + repeated("(", n));
      survive_regex(repeated("(", n) + "a" + repeated(")", n));
      survive_regex(repeated("(a|", n));
      survive_regex(repeated("[", n));
      survive_regex(repeated("a", n));
      survive_regex(repeated("a?", n / 2));
      survive_regex(repeated("(a*)*", n / 8));
      survive_schema(repeated("[", n));
      survive_schema(repeated("{\"items\":", n) + "{}" + repeated("}", n));
      survive_schema(repeated("{\"anyOf\":[", n / 2) + "{}" + repeated("]}", n / 2));
      survive_schema("{\"enum\":[" + repeated("[", n) + repeated("]", n) + "]}");
    }
  });
}

TEST(HostileGrammars, ExplosionsAreBounded) {
  survive_regex("((((((((a{1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000})");
  survive_regex("(a{0,1000000}){0,1000000}b");
  survive_regex("((a?){1000000}){1000000}");
  survive_regex("(.*a.{500}){3}");
  survive_regex(repeated("(a|b|ab)*c?", 300));
  survive_regex("(x+x+)+y");
  survive_regex(repeated("(a?|b?)", 2000) + "c");
  survive_regex(repeated("[^a]", 20000));
  survive_gbnf("root ::= a a a\na ::= b b b\nb ::= c c c\nc ::= d d d\nd ::= \"x\"? \"x\"?");
  survive_gbnf("root ::= \"a\" root \"b\" root | \"a\" root \"c\" root | \"a\"");
  survive_gbnf("root ::= \"a\" root root | \"a\" root root root | \"\"");
  std::string fans = "root ::= f0 \"x\" | g0 \"y\"\n";  // readings double with each level
  for (int i = 0; i < 200; ++i) {
    fans += format("f{} ::= f{} \"a\" | g{} \"b\"\n", i, i + 1, i + 1);
    fans += format("g{} ::= f{} \"c\" | g{} \"d\"\n", i, i + 1, i + 1);
  }
  survive_gbnf(fans + "f200 ::= \"z\"\ng200 ::= \"z\"");
  std::string chain = "root ::= r0\n";
  for (int i = 0; i < 9000; ++i) chain += format("r{} ::= r{} \"a\"? | \"b\"\n", i, i + 1);
  survive_gbnf(chain + "r9000 ::= \"c\"");
  std::string copies = "root ::= r0 r0\n";
  for (int i = 0; i < 64; ++i) copies += format("r{} ::= r{} r{}\n", i, i + 1, i + 1);
  survive_gbnf(copies + "r64 ::= \"c\"");
}

TEST(HostileGrammars, LargeSchemasAreCompiledOrRefused) {
  std::string properties, alternatives, values, references;
  for (int i = 0; i < 6000; ++i) {
    properties += format("{}\"key{}\":{\"type\":\"string\"}", i == 0 ? "" : ",", i);
    alternatives += format("{}{\"type\":\"object\",\"required\":[\"k{}\"]}", i == 0 ? "" : ",", i);
    values += format("{}\"value number {}\"", i == 0 ? "" : ",", i * 7919);
    references += format("{}\"d{}\":{\"$ref\":\"#/$defs/d{}\"}", i == 0 ? "" : ",", i, i + 1);
  }
  survive_schema("{\"properties\":{" + properties + "}}");
  survive_schema("{\"properties\":{" + properties + "},\"additionalProperties\":true}");
  survive_schema("{\"anyOf\":[" + alternatives + "]}");
  survive_schema("{\"oneOf\":[" + alternatives + "]}");
  survive_schema("{\"allOf\":[" + alternatives + "]}");
  survive_schema("{\"enum\":[" + values + "]}");
  survive_schema("{\"enum\":[" + values + "],\"allOf\":[{\"enum\":[" + values + "]}]}");
  survive_schema("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + references + ",\"d6000\":{}}}");
  survive_schema("{\"required\":[" + values + "]}");
  survive_schema(R"({"items":{"anyOf":[{"$ref":"#"},{"$ref":"#/items"}]}})");
  survive_schema(R"({"allOf":[{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}],"$defs":{
      "a":{"properties":{"x":{"$ref":"#"}}},"b":{"properties":{"y":{"$ref":"#"}}}}})");
  survive_schema(R"({"minLength":1000000,"maxLength":1000000})");
  survive_schema(R"({"minimum":1e39,"maximum":9e39})");
  survive_schema(R"({"minimum":1e-39})");
  survive_schema(R"({"multipleOf":1e999999999999})");
  survive_schema("{\"minimum\":" + repeated("9", 200000) + "}");
}

// Three thousand sources: good ones with bytes changed, cut, doubled and swapped.
TEST(HostileGrammars, ThreeThousandMutationsEndInAGrammarOrAnError) {
  const std::vector<std::string> schemas = {
      R"({"type":"object","properties":{"a":{"type":"string","minLength":2,"maxLength":40},"b":{"$ref":"#/$defs/c"}},
          "required":["a"],"additionalProperties":{"type":["null","integer"]},"$defs":{"c":{"anyOf":[{"$ref":"#"},{"const":1}]}}})",
      R"({"type":"array","prefixItems":[{"enum":["x",1.5]}],"items":{"type":"number","minimum":-2.25,"exclusiveMaximum":10},"minItems":1,"maxItems":9})",
      R"({"oneOf":[{"type":"string","pattern":"^[a-z]{2,5}(x|\\d+)?$"},{"type":"string","format":"date-time"},{"type":"null"}]})"};
  const std::vector<std::string> grammars = {
      "root ::= object ws\nobject ::= \"{\" ws (pair (\",\" ws pair)*)? \"}\" # c\npair ::= key "
      "\":\" [0-9]{1,3}\nkey ::= \"\\\"\" [^\"\\\\\\x00-\\x1F]* \"\\\"\"\nws ::= [ \\n]{0,20}",
      "root ::= (\"a\" | b{2,400} | root \"!\" )+ .\nb ::= [\\u00e9-\\U0001F600] | \"(\" root "
      "\")\""};
  const std::vector<std::string> expressions = {
      "^(?:[A-Z][a-z]{1,30} ?){1,9}(\\d{4}|[^\\s\\d]+)*\\.$",
      "((a|b)*c{3,7}d?)+|\\x41\\u00e9[\\w.-]+"};
  std::mt19937 random(4);
  const auto mutated = [&](std::string text) {
    for (std::size_t n = random() % 4 + 1; n > 0 && !text.empty(); --n) {
      const std::size_t at = random() % text.size(), size = random() % 12 + 1;
      constexpr std::string_view kSigns = "{}[]()\"\\,:|*+?^$.-0129aetf#/ ";
      switch (random() % 6) {
        case 0:
          text.erase(at, size);
          break;
        case 1:
          text.insert(at, text.substr(random() % text.size(), size * 3));
          break;
        case 2:
          text[at] = static_cast<char>(random());
          break;
        case 3:
          text.insert(at, repeated(text.substr(at, 1), size * 20));
          break;
        case 4:
          text.resize(at);
          break;
        default:
          text[at] = kSigns[random() % kSigns.size()];
      }
    }
    return text;
  };
  for (int i = 0; i < 1000; ++i) {
    survive_schema(mutated(schemas[random() % schemas.size()]));
    survive_gbnf(mutated(grammars[random() % grammars.size()]));
    survive_regex(mutated(expressions[random() % expressions.size()]));
  }
}

}  // namespace
}  // namespace bantam::grammar::test
