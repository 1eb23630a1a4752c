#include "text/tiktoken.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace bantam::text {
namespace {

using Ids = std::vector<TokenId>;

// a, b, c, "ab", "bc", "abc"
constexpr std::string_view kRanks = "YQ== 0\nYg== 1\nYw== 2\nYWI= 3\nYmM= 4\nYWJj 5\n";

Tokenizer small() {
  return tokenizer_from_tiktoken(kRanks, "small.tiktoken",
                                 {.pattern = R"(\S+|\s)",
                                  .special_tokens = {{"<s>", 9}, {"</s>", 7}},
                                  .bos = "<s>",
                                  .eos = "</s>",
                                  .add_bos = true});
}

TEST(Tiktoken, MergesByRank) {
  const Tokenizer tokenizer = small();
  EXPECT_EQ(tokenizer.encode("abc"), (Ids{9, 5}));
  EXPECT_EQ(tokenizer.encode("bcab", {.add_special = false}), (Ids{4, 3}));
  EXPECT_EQ(tokenizer.encode("abcabc", {.add_special = false}), (Ids{5, 5}));
  EXPECT_EQ(tokenizer.decode(Ids{9, 5, 8, 7}), "<s>abc</s>");
  EXPECT_EQ(tokenizer.vocab_size(), 10);
  EXPECT_TRUE(tokenizer.is_end_of_generation(7));
}

TEST(Tiktoken, NeverMakesSpecialTokensOfPlainText) {
  EXPECT_EQ(small().encode("a<s>", {.add_special = false}), (Ids{0, 9}));
  EXPECT_EQ(small().encode("a<s>", {.add_special = false, .parse_special = false}), (Ids{0}));
}

TEST(Tiktoken, RefusesBrokenLinesByNumber) {
  for (const char* line :
       {"YQ==", "YQ== x", "YQ== -1", "YQ== 4194304", "*A== 9", " 9", "YWJj 5", "YQ==  9"}) {
    try {
      tokenizer_from_tiktoken(std::string(kRanks) + line + "\n", "small.tiktoken",
                              {.pattern = "."});
      ADD_FAILURE() << line << " was accepted";
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("small.tiktoken: line 7: "))
          << error.what();
    }
  }
  EXPECT_THROW(tokenizer_from_tiktoken("", "small.tiktoken", {.pattern = "."}), Error);
}

TEST(Tiktoken, RefusesSpecialTokensOnTakenIds) {
  EXPECT_THROW(tokenizer_from_tiktoken(kRanks, "small.tiktoken",
                                       {.pattern = ".", .special_tokens = {{"<s>", 5}}}),
               Error);
}

}  // namespace
}  // namespace bantam::text
