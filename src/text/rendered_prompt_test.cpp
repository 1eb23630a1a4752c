#include "text/rendered_prompt.h"

#include <gtest/gtest.h>

#include "text/tokenizer_json.h"

namespace bantam::text {
namespace {

// Letters a to c, a blank, and two control tokens: <s> is looked for as `normalized` says, <e> in
// the raw text.
Tokenizer tokenizer(bool normalized) {
  const std::string flag = normalized ? "true" : "false";
  return tokenizer_from_json(
      R"({"model": {"type": "BPE", "unk_token": "?", "merges": ["a b"],
          "vocab": {"?": 0, "a": 1, "b": 2, "c": 3, "▁": 4, "ab": 5, "<": 6, "s": 7, ">": 8, "e": 9}},
          "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
          "added_tokens": [
            {"id": 10, "content": "<s>", "special": true, "normalized": )" +
          flag + R"(},
            {"id": 11, "content": "<e>", "special": true, "normalized": false}]})",
      "test");
}

using Ids = std::vector<TokenId>;

class Prompt : public testing::TestWithParam<bool> {};

TEST_P(Prompt, TakesControlTokensFromTheTemplateOnly) {
  const Tokenizer made = tokenizer(GetParam());
  // <s>[c<s>c]<e>: brackets mark the user's bytes.
  const RenderedPrompt prompt{"<s>c<s>c<e>", {{3, 8}}};
  EXPECT_EQ(made.encode(prompt), (Ids{10, 3, 6, 7, 8, 3, 11}));
}

TEST_P(Prompt, DoesNotLetTheUserCompleteAControlToken) {
  const Tokenizer made = tokenizer(GetParam());
  EXPECT_EQ(made.encode(RenderedPrompt{"<s>", {{0, 2}}}), (Ids{6, 7, 8}));
  EXPECT_EQ(made.encode(RenderedPrompt{"<s>", {{2, 3}}}), (Ids{6, 7, 8}));
  EXPECT_EQ(made.encode(RenderedPrompt{"<e>", {{1, 2}}}), (Ids{6, 9, 8}));
}

TEST_P(Prompt, EncodesOrdinaryTextAcrossTheBorderAsOneText) {
  const Tokenizer made = tokenizer(GetParam());
  EXPECT_EQ(made.encode(RenderedPrompt{"<s>ab<e>", {{4, 5}}}), (Ids{10, 5, 11}));
}

TEST_P(Prompt, FindsARealControlTokenBehindAForgedOne) {
  const Tokenizer made = tokenizer(GetParam());
  EXPECT_EQ(made.encode(RenderedPrompt{"<e><s>", {{0, 3}}}), (Ids{6, 9, 8, 10}));
}

TEST_P(Prompt, RepairsBrokenBytesWithoutMovingTheBorder) {
  const Tokenizer made = tokenizer(GetParam());
  const RenderedPrompt prompt{"<e>\xff<e>c", {{3, 4}}};
  const Ids ids = made.encode(prompt);
  EXPECT_EQ(ids.front(), 11);
  EXPECT_EQ(Ids(ids.end() - 2, ids.end()), (Ids{11, 3}));
}

INSTANTIATE_TEST_SUITE_P(BothKinds, Prompt, testing::Bool());

}  // namespace
}  // namespace bantam::text
