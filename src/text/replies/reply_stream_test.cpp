#include "text/replies/reply_stream.h"

#include <gtest/gtest.h>

#include "text/replies/test_replies.h"
#include "text/tokenizer_json.h"

namespace bantam::replies {
namespace {

// Tokens of one byte each, <think> and </think> as control tokens, <tool_call> as plain text.
text::Tokenizer small_tokenizer() {
  return text::tokenizer_from_json(R"({
      "added_tokens": [{"id": 4, "content": "<think>", "special": true},
                       {"id": 5, "content": "</think>", "special": true},
                       {"id": 6, "content": "<tool_call>", "special": false},
                       {"id": 7, "content": "<pad>", "special": true},
                       {"id": 8, "content": "{\"name\": \"now\"}", "special": false},
                       {"id": 9, "content": "</tool_call>", "special": false}],
      "decoder": {"type": "ByteLevel"},
      "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "â": 2, "Ġ": 3}, "merges": []}})",
                                   "small.json");
}

constexpr std::string_view kTemplate =
    "{{ tools }}<think></think><tool_call>{{ call }}</tool_call>";

test::Said said(std::vector<text::TokenId> ids) {
  const text::Tokenizer tokenizer = small_tokenizer();
  const ReplyFormat format = detect_reply_format(kTemplate, &tokenizer);
  ReplyStream stream(tokenizer, format, {.tools = test::sample_tools()});
  test::Said all;
  for (const text::TokenId id : ids) add(all, stream.push(id));
  add(all, stream.finish());
  return all;
}

TEST(ReplyStream, TellsThinkingContentAndCallsApart) {
  const test::Said all = said({4, 0, 3, 1, 5, 0, 6, 8, 9});
  EXPECT_EQ(all.thinking, "a b");
  EXPECT_EQ(all.content, "a");
  ASSERT_EQ(all.calls.size(), 1u);
  EXPECT_EQ(all.calls[0].name, "now");
}

TEST(ReplyStream, LeavesOutControlTokensWithoutMeaning) {
  EXPECT_EQ(said({0, 7, 1}).content, "ab");
}

TEST(ReplyStream, ShowsABrokenCharacterAtTheEnd) {
  EXPECT_EQ(said({0, 2}).content, "a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace bantam::replies
