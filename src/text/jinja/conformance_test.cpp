// Our interpreter against recorded output of Jinja 3.1.
#include <gtest/gtest.h>

#include "support/paths.h"
#include "text/jinja/test_templates.h"

namespace bantam::jinja::test {
namespace {

TEST(Jinja, EverySnippetGivesWhatJinjaGives) {
  const Json variables =
      Json::parse(read_text(bantam::test::fixture("templates/conformance-variables.json")));
  const auto snippets = read_json_lines(bantam::test::fixture("templates/conformance.jsonl"));
  ASSERT_EQ(snippets.size(), 820U);
  for (const Json& snippet : snippets) {
    const std::string source = snippet.at("template");
    EXPECT_EQ(difference(render_snippet(source, variables), snippet), "") << source;
  }
}

// Renders each case of a template, compares it with its reference, and counts.
std::size_t check_template(const NamedTemplate& entry, const std::filesystem::path& references) {
  static const auto cases = read_json_lines(bantam::test::fixture("templates/cases.jsonl"));
  const auto lines = read_json_lines(references / (entry.name + ".jsonl"));
  EXPECT_EQ(lines.size(), cases.size()) << entry.name;
  for (std::size_t i = 0; i < std::min(lines.size(), cases.size()); ++i) {
    EXPECT_EQ(lines[i].at("case"), cases[i].at("case"));
    EXPECT_EQ(difference(render_case(entry.source, cases[i]), lines[i]), "")
        << entry.name << ", " << cases[i].at("case");
  }
  return lines.size();
}

TEST(ChatTemplate, RendersOurTemplatesAsJinjaDoes) {
  for (const NamedTemplate& entry : own_templates()) {
    check_template(entry, bantam::test::fixture("templates/rendered"));
  }
}

TEST(ChatTemplate, RendersTheTemplatesOfModelsAsTransformersDoes) {
  BANTAM_NEEDS_SHARED("data/chat-templates");
  BANTAM_NEEDS_SHARED("reference/templates/jinja");
  std::size_t renderings = 0;
  for (const NamedTemplate& entry : shared_templates()) {
    renderings += check_template(entry, bantam::test::shared("reference/templates/jinja"));
  }
  EXPECT_EQ(renderings, 6322U);
}

}  // namespace
}  // namespace bantam::jinja::test
