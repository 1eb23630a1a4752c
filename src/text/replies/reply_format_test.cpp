#include "text/replies/reply_format.h"

#include <gtest/gtest.h>

#include "support/paths.h"
#include "text/chat_template.h"
#include "text/jinja/test_templates.h"
#include "text/replies/dialect.h"
#include "text/tokenizer_json.h"

namespace bantam::replies {
namespace {

using jinja::test::Json;

// Dialect, opening and closing tag of thinking, and the variable that switches it.
std::string described(const ReplyFormat& format) {
  std::string text(format.dialect_name());
  if (format.thinking) {
    text +=
        " thinks " + std::string(format.thinking->open) + "…" + std::string(format.thinking->close);
  }
  if (!format.thinking_variable.empty()) text += " if " + format.thinking_variable;
  if (format.call_ids == CallIdStyle::NineAlphanumeric) text += " ids of 9";
  if (!format.takes_tools) text += " no tools";
  return text;
}

Json expected_formats() {
  return Json::parse(jinja::test::read_text(bantam::test::fixture("replies/templates.json")));
}

TEST(ReplyFormat, IsDetectedInOurTemplates) {
  const Json expected = expected_formats().at("ours");
  std::size_t checked = 0;
  for (const char* folder : {"templates/own", "templates/go/own", "replies/templates"}) {
    for (const auto& file : std::filesystem::directory_iterator(bantam::test::fixture(folder))) {
      const std::string name = file.path().filename().string();
      ASSERT_TRUE(expected.contains(name)) << name;
      EXPECT_EQ(described(detect_reply_format(jinja::test::read_text(file.path()))),
                expected[name].get<std::string>())
          << name;
      ++checked;
    }
  }
  EXPECT_EQ(checked, expected.size());
}

TEST(ReplyFormat, IsDetectedInTemplatesOfModels) {
  BANTAM_NEEDS_SHARED("data/chat-templates");
  const Json expected = expected_formats().at("shared");
  const auto root = bantam::test::shared("data/chat-templates");
  for (const auto& [name, format] : expected.items()) {
    std::string source = jinja::test::read_text(root / name);
    ASSERT_NE(source, "") << name;
    if (name.ends_with(".json")) {
      const Json config = Json::parse(source);
      source = config.at("chat_template").get<std::string>();
    }
    EXPECT_EQ(described(detect_reply_format(source)), format.get<std::string>()) << name;
  }
}

TEST(ReplyFormat, EveryTemplateOfModelsIsInTheTable) {
  BANTAM_NEEDS_SHARED("data/chat-templates");
  const Json expected = expected_formats().at("shared");
  const auto root = bantam::test::shared("data/chat-templates");
  for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
    const std::string kind = file.path().extension().string();
    if (!kind.starts_with(".jinja") && kind != ".gotmpl") continue;
    if (!file.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(file.path(), root).string();
    EXPECT_TRUE(expected.contains(name)) << name;
  }
}

// {"added_tokens": …} around a vocabulary of bytes.
text::Tokenizer tokenizer_with(std::string_view added) {
  const std::string json =
      R"({"added_tokens": [)" + std::string(added) +
      R"(], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}})";
  return text::tokenizer_from_json(json, "tokenizer.json");
}

TEST(ReplyFormat, KnowsWhichMarkersAreControlTokens) {
  const text::Tokenizer tokenizer = tokenizer_with(
      R"({"id": 2, "content": "<think>", "special": true},
         {"id": 3, "content": "<tool_call>", "special": false})");
  const ReplyFormat format =
      detect_reply_format("<think></think><tool_call></tool_call>", &tokenizer);
  EXPECT_EQ(format.control_markers, std::vector<std::string>{"<think>"});
  EXPECT_TRUE(format.is_control_marker("<think>"));
  EXPECT_FALSE(format.is_control_marker("<tool_call>"));
}

TEST(ReplyFormat, KnowsTheControlTokensOfCalls) {
  const text::Tokenizer tokenizer = tokenizer_with(
      R"({"id": 2, "content": "[TOOL_CALLS]", "special": true},
         {"id": 3, "content": "[ARGS]", "special": true},
         {"id": 4, "content": "[INST]", "special": true})");
  const ReplyFormat format = detect_reply_format("[INST][TOOL_CALLS][ARGS]", &tokenizer);
  EXPECT_EQ(format.call_tokens, (std::vector<std::string>{"[TOOL_CALLS]", "[ARGS]"}));
}

TEST(ReplyFormat, FindsADialectThatOnlyTheVocabularyShows) {
  const std::string_view source = "List of tools: [{{ tools }}]";
  EXPECT_EQ(detect_reply_format(source).dialect_name(), "none");
  const text::Tokenizer tokenizer =
      tokenizer_with(R"({"id": 2, "content": "<|tool_call_start|>", "special": true})");
  EXPECT_EQ(detect_reply_format(source, &tokenizer).dialect_name(), "lfm");
}

TEST(ReplyFormat, SeesThinkingThatThePromptOpens) {
  const ReplyFormat format = detect_reply_format("<think></think>");
  EXPECT_TRUE(ends_in_thinking(format, {"user\nassistant\n<think>\n", {}}));
  EXPECT_FALSE(ends_in_thinking(format, {"user\nassistant\n<think>\n\n</think>\n\n", {}}));
  EXPECT_FALSE(ends_in_thinking(format, {"<think> assistant", {}}));
  EXPECT_FALSE(ends_in_thinking(format, {"", {}}));
  EXPECT_FALSE(ends_in_thinking(detect_reply_format(""), {"<think>", {}}));
}

TEST(ReplyFormat, IgnoresATagOfAUser) {
  const ReplyFormat format = detect_reply_format("<think></think>");
  EXPECT_FALSE(ends_in_thinking(format, {"user <think>", {{5, 12}}}));
  EXPECT_FALSE(ends_in_thinking(format, {"user <think>", {{5, 6}}}));
  EXPECT_TRUE(ends_in_thinking(format, {"user <think>", {{0, 5}}}));
}

TEST(ReplyFormat, DialectsHaveNamesOfTheirOwn) {
  for (const Dialect& dialect : dialects()) EXPECT_EQ(&dialect_named(dialect.name), &dialect);
}

}  // namespace
}  // namespace bantam::replies
