// Speculation from outside: its options, what it reports, and that the text stays the same.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "support/process.h"

namespace bantam {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;

// A story that goes on into others, which repeat some of it.
constexpr const char* kStory = "Tell me a story about Anna and Ben.";

ProcessResult run(const std::string& model, const std::string& prompt,
                  const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"run", model, prompt};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return test::run_process(BANTAM_PROGRAM, arguments, "");
}

Json answer(const std::string& model, const std::string& prompt, std::vector<std::string> options) {
  options.emplace_back("--json");
  const ProcessResult result = run(model, prompt, options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return Json::parse(result.out);
}

std::string family(std::string_view name) {
  return (test::fixture("families") / name / "model.gguf").string();
}

TEST(SpeculatingProgram, GivesTheSameTextWithAndWithout) {
  for (const char* temperature : {"0", "0.7"}) {
    const std::vector<std::string> sampling = {
        "--seed", "3", "--temperature", temperature, "--ignore-eos", "-n", "160"};
    const auto with = [&](std::vector<std::string> options) {
      options.insert(options.end(), sampling.begin(), sampling.end());
      return answer("built-in", kStory, options);
    };
    const Json off = with({"--speculate", "off"});
    EXPECT_EQ(off["drafted_tokens"], 0);
    EXPECT_EQ(off["passes"], off["new_tokens"]);
    const Json always = with({"--speculate", "always", "--draft-max", "4"});
    EXPECT_EQ(always["ids"], off["ids"]);
    EXPECT_GT(always["drafted_tokens"], 0);
    EXPECT_LT(always["passes"], off["passes"]);
    const Json drafted = with({"--speculate", "always", "--draft-model", "built-in"});
    EXPECT_EQ(drafted["ids"], off["ids"]);
    EXPECT_GT(drafted["accepted_tokens"], 0);
    EXPECT_LT(drafted["passes"], off["passes"]);
    EXPECT_EQ(with({})["ids"], off["ids"]);
  }
}

TEST(SpeculatingProgram, ShowsNothingAfterAStopString) {
  const std::vector<std::string> stop = {"--stop", " o", "--temperature", "0"};
  const auto with = [&](std::vector<std::string> options) {
    options.insert(options.end(), stop.begin(), stop.end());
    return answer("built-in", "What is the capital of France?", options);
  };
  const Json off = with({"--speculate", "off"});
  EXPECT_EQ(off["text"], "The capital");
  const Json always = with({"--speculate", "always", "--draft-model", "built-in"});
  EXPECT_GT(always["accepted_tokens"], 0);
  for (const char* key : {"text", "ids", "finish_reason", "new_tokens"}) {
    EXPECT_EQ(always[key], off[key]) << key;
  }
}

TEST(SpeculatingProgram, ReportsGuessesWhenVerbose) {
  const ProcessResult result = run("built-in", "What is the capital of France?",
                                   {"-v", "--speculate", "always", "--draft-model", "built-in"});
  EXPECT_EQ(result.out, "The capital of France is Paris.\n");
  EXPECT_NE(result.err.find("of them right"), std::string::npos) << result.err;
  const ProcessResult off = run("built-in", "hello", {"-v", "--speculate", "off"});
  EXPECT_EQ(off.err.find("of them right"), std::string::npos) << off.err;
}

TEST(SpeculatingProgram, SaysWhereStatesLeaveNoRoomForGuesses) {
  const std::string model = family("more/lfm2");
  const std::vector<std::string> raw = {"--raw", "-n", "4"};
  EXPECT_EQ(run(model, "hello", raw).err.find("no speculation"), std::string::npos);
  std::vector<std::string> asked = raw;
  asked.insert(asked.end(), {"--speculate", "auto"});
  const ProcessResult result = run(model, "hello", asked);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("no speculation"), std::string::npos) << result.err;
}

struct Refusal {
  std::vector<std::string> options;
  int exit_code;
  std::string message;
};

TEST(SpeculatingProgram, NamesWhatIsWrong) {
  const Refusal refusals[] = {
      {{"--speculate", "maybe"}, 2, "auto, always or off"},
      {{"--draft-max", "0"}, 2, "--draft-max: found 0, expected 1 to 64"},
      {{"--draft-max", "65"}, 2, "--draft-max: found 65"},
      {{"--speculate", "off", "--draft-model", "built-in"}, 2, "--speculate off"},
      {{"--draft-model", "nowhere.gguf"}, 3, "nowhere.gguf"},
      {{"--draft-model", family("llama2")}, 5, "token 0 is"},
  };
  for (const Refusal& refusal : refusals) {
    const ProcessResult result = run("built-in", "hello", refusal.options);
    EXPECT_EQ(result.exit_code, refusal.exit_code) << result.err;
    EXPECT_NE(result.err.find(refusal.message), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "");
  }
  const ProcessResult states =
      run(family("smollm2"), "hello", {"--draft-model", family("more/lfm2"), "--raw", "-n", "2"});
  EXPECT_EQ(states.exit_code, 5) << states.err;
}

}  // namespace
}  // namespace bantam
