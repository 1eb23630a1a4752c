// Our interpreter against recorded output of Go 1.26's text/template.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/paths.h"
#include "text/gotemplate/test_templates.h"

namespace bantam::gotemplate::test {
namespace {

using bantam::test::fixture;
using jinja::test::read_json_lines;
using jinja::test::read_text;

TEST(GoTemplate, EverySnippetGivesWhatGoGives) {
  const Json variables = Json::parse(read_text(fixture("templates/go/variables.json")));
  const auto snippets = read_json_lines(fixture("templates/go/conformance.jsonl"));
  ASSERT_GE(snippets.size(), 400U);
  for (const Json& snippet : snippets) {
    const std::string source = snippet.at("template");
    const Outcome outcome = render_snippet(source, variables);
    if (snippet.contains("error")) {
      EXPECT_TRUE(outcome.fault.has_value())
          << source << "\nis " << outcome.prompt->text << "\ninstead of the error\n"
          << snippet["error"];
    } else {
      EXPECT_EQ(outcome.prompt ? outcome.prompt->text : outcome.message, snippet["text"]) << source;
    }
  }
}

// Compares a rendering with a line of references. The text of Go's own errors is not ours.
void expect_same(const Outcome& outcome, const Json& reference) {
  if (reference.contains("error")) {
    EXPECT_FALSE(outcome.prompt.has_value()) << reference["error"];
  } else {
    EXPECT_EQ(outcome.prompt ? outcome.prompt->text : outcome.message, reference["text"]);
  }
}

TEST(GoTemplate, OurTemplatesGiveWhatOllamaGives) {
  const auto cases = read_json_lines(fixture("templates/go/cases.jsonl"));
  ASSERT_GE(cases.size(), 26U);
  for (const char* name : {"bare", "chatml", "fill", "llama", "tools", "turns", "whole"}) {
    const std::string file = std::string("templates/go/") + "own/" + name + ".gotmpl";
    const std::string source = read_text(fixture(file));
    const auto lines =
        read_json_lines(fixture(std::string("templates/go/rendered/") + name + ".jsonl"));
    ASSERT_EQ(lines.size(), cases.size()) << name;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      SCOPED_TRACE(std::string(name) + ", " + cases[i].at("case").get<std::string>());
      expect_same(render_chat(source, cases[i].at("variables")), lines[i]);
    }
  }
}

TEST(GoTemplate, OllamasTemplatesGiveWhatGoGives) {
  BANTAM_NEEDS_SHARED("data/chat-templates/ollama");
  BANTAM_NEEDS_SHARED("reference/templates/go");
  auto cases = read_json_lines(bantam::test::shared("reference/templates/go-cases.jsonl"));
  std::size_t renderings = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(bantam::test::shared("data/chat-templates/ollama"))) {
    if (entry.path().extension() != ".gotmpl" || !entry.is_regular_file()) continue;
    const std::string name = entry.path().stem();
    const std::string source = read_text(entry.path());
    EXPECT_EQ(text::detect_language(source), text::TemplateLanguage::Go) << name;
    const auto lines =
        read_json_lines(bantam::test::shared("reference/templates/go/" + name + ".jsonl"));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string chat = cases[i].at("case");
      SCOPED_TRACE(name + ", " + chat);
      // The reference joins neighbouring answers of tools; Ollama has kept them apart since.
      if (chat == "tool-call-two") continue;
      if (cases[i]["messages"].is_null()) cases[i]["messages"] = Json::array();
      Json variables = cases[i];
      variables.erase("case");
      expect_same(render_chat(source, variables), lines[i]);
      ++renderings;
    }
  }
  EXPECT_EQ(renderings, 280U);
}

}  // namespace
}  // namespace bantam::gotemplate::test
