#include "text/replies/json_scanner.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace bantam::replies {
namespace {

using State = JsonScanner::State;

TEST(JsonScanner, EndsWhereTheValueEnds) {
  for (const std::string_view json :
       {"{}", "[]", "{\"a\": [1, -2.5e3, true, null, \"]}\\\"\"]}", "[ {} , [ ] ]"}) {
    JsonScanner scanner;
    EXPECT_EQ(scanner.scan(std::string(json) + "]rest"), State::Done) << json;
    EXPECT_EQ(scanner.offset(), json.size());
  }
}

TEST(JsonScanner, RefusesTheFirstByteThatCannotStand) {
  struct Case {
    std::string_view text;
    std::size_t culprit;
  };
  for (const Case& c : {Case{"{a", 1},
                        {"{,", 1},
                        {"[1,]", 3},
                        {"{\"a\" 1", 5},
                        {"[tru]", 4},
                        {"[\"\n", 2},
                        {"[\"\\x", 3},
                        {"{\"a\":1,}", 7},
                        {"[1 2", 3},
                        {"1", 0},
                        {"[}", 1},
                        {"{\"a\":}", 5}}) {
    JsonScanner scanner;
    EXPECT_EQ(scanner.scan(c.text), State::Failed) << c.text;
    EXPECT_EQ(scanner.offset(), c.culprit) << c.text;
  }
}

TEST(JsonScanner, PassesEveryValueThatAFullReaderReads) {
  constexpr std::string_view kBits = "{}[]\",:1e.-+ntrufalse \\u0a";
  std::mt19937 random(7);
  int accepted = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text(1, random() % 2 ? '{' : '[');
    for (auto n = random() % 9; n > 0; --n) text += kBits[random() % kBits.size()];
    if (!nlohmann::json::accept(text)) continue;
    ++accepted;
    JsonScanner scanner;
    ASSERT_EQ(scanner.scan(text), State::Done) << text;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace bantam::replies
