// Answers in a form from outside: the options of `bantam run`, and what they refuse.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "support/process.h"

namespace bantam {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;

ProcessResult run(const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"run", "built-in", "What is the capital of France?",
                                        "--seed", "1"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return test::run_process(BANTAM_PROGRAM, arguments, "");
}

constexpr const char* kSchema =
    R"({"properties": {"city": {"type": "string", "maxLength": 12}, "big": {"type": "boolean"}},
        "required": ["city", "big"]})";

TEST(StructuredProgram, AnswersInTheFormThatIsAskedFor) {
  const Json object = Json::parse(run({"--format", kSchema}).out);
  EXPECT_TRUE(object["city"].is_string());
  EXPECT_TRUE(object["big"].is_boolean());
  const std::string answer = run({"--regex", "(Paris|Rome)!{2}"}).out;
  EXPECT_TRUE(answer == "Paris!!\n" || answer == "Rome!!\n") << answer;
  EXPECT_EQ(run({"--grammar", "root ::= \"<\" \"a\"{3} \">\""}).out, "<aaa>\n");
  EXPECT_TRUE(run({"--format", "json", "-n", "200"}).out.starts_with("{"));
}

TEST(StructuredProgram, ReadsSchemasAndGrammarsFromFiles) {
  const std::string schema = test::fixture("grammar/city.json").string();
  EXPECT_TRUE(Json::parse(run({"--format", schema}).out)["city"].is_string());
  const std::string grammar = test::fixture("grammar/list.gbnf").string();
  const std::string answer = run({"--grammar", grammar}).out;
  EXPECT_TRUE(answer.starts_with("- ") && answer.ends_with("\n")) << answer;
  EXPECT_EQ(run({"--grammar-file", grammar}).out, answer);
  EXPECT_EQ(run({"--format", "no-such-schema.json"}).exit_code, 3);
}

TEST(StructuredProgram, GuessesAheadWithoutChangingTheText) {
  const std::vector<std::string> form = {"--format", kSchema, "--json", "--speculate"};
  const auto with = [&](const char* when) {
    std::vector<std::string> options = form;
    options.emplace_back(when);
    return Json::parse(run(options).out)["ids"];
  };
  EXPECT_EQ(with("always"), with("off"));
}

TEST(StructuredProgram, SaysThatTheTokenLimitCutTheForm) {
  const ProcessResult cut = run({"--format", kSchema, "-n", "3"});
  EXPECT_EQ(cut.exit_code, 0);
  EXPECT_NE(cut.err.find("--max-tokens cut the answer after 3 tokens"), std::string::npos);
  EXPECT_EQ(Json::parse(run({"--format", kSchema, "-n", "3", "--json"}).out)["finish_reason"],
            "length");
  EXPECT_EQ(run({"--regex", "yes"}).err, "");
}

TEST(StructuredProgram, EndsWhereTheFormEndsAlsoWithoutStopIds) {
  const Json answer = Json::parse(run({"--regex", "abc", "--ignore-eos", "--json"}).out);
  EXPECT_EQ(answer["text"], "abc");
  EXPECT_EQ(answer["finish_reason"], "stop");
}

TEST(StructuredProgram, RefusesFormsThatItCannotKeep) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{"--format", R"({"type": "string", "not": {}})"}, 2, "the keyword \"not\" is not supported"},
      {{"--format", "{"}, 2, "JSON schema: byte 1"},
      {{"--grammar", "root ::= missing"}, 2, "\"missing\" is used but not defined"},
      {{"--regex", "(?=a)"}, 2, "assertions"},
      {{"--regex", "a", "--format", "json"}, 2, "exclude each other"}};
  for (const auto& [options, code, message] : cases) {
    const ProcessResult result = run(options);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
}  // namespace bantam
