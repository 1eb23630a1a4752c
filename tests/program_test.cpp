// The program from outside: what it prints, and how it ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "support/process.h"
#include "support/safetensors.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;

ProcessResult bantam(const std::vector<std::string>& arguments, const std::string& input = "") {
  return test::run_process(BANTAM_PROGRAM, arguments, input);
}

std::string fixture(std::string_view name) { return (test::fixture("families") / name).string(); }

TEST(Program, AnswersFromTheBuiltInModel) {
  const ProcessResult result = bantam({"run", "built-in", "What is the capital of France?"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "The capital of France is Paris.\n");
}

TEST(Program, ReadsThePromptFromStandardInputWithoutAModel) {
  const ProcessResult result = bantam({"run"}, "What is the capital of France?\n");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "The capital of France is Paris.\n");
}

TEST(Program, ReportsIdsAndLogProbabilitiesAsJson) {
  const ProcessResult result =
      bantam({"run", "built-in", "Translate dog to Spanish.", "--json", "--logprobs", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json value = Json::parse(result.out);
  EXPECT_EQ(value["text"], "perro");
  EXPECT_EQ(value["finish_reason"], "stop");
  ASSERT_EQ(value["logprobs"].size(), value["ids"].size());
  EXPECT_EQ(value["logprobs"][0]["top_logprobs"].size(), 2U);
  EXPECT_EQ(value["logprobs"][0]["id"], value["logprobs"][0]["top_logprobs"][0]["id"]);
}

TEST(Program, TellsThinkingFromTheAnswer) {
  const test::TemporaryFolder folder;
  std::filesystem::copy(fixture("smollm2"), folder.path());
  std::filesystem::remove(folder.path() / "tokenizer_config.json");
  folder.write(
      "chat_template.jinja",
      "{{ messages[0].content }}<think>{% if enable_thinking is false %}</think>{% endif %}");
  const std::vector<std::string> arguments = {
      "run", folder.path().string(), "the", "--json", "-n", "8", "--seed", "1"};
  const auto answer = [&](std::string_view flag) {
    std::vector<std::string> all = arguments;
    all.emplace_back(flag);
    const ProcessResult result = bantam(all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out, nullptr, false);
  };
  const Json thinking = answer("--think");
  EXPECT_EQ(thinking.value("text", "none"), "");
  EXPECT_NE(thinking.value("thinking", ""), "");
  const Json plain = answer("--no-think");
  EXPECT_NE(plain.value("text", ""), "");
  EXPECT_FALSE(plain.contains("thinking"));
}

TEST(Program, RefusesToSwitchThinkingWhereNothingDoes) {
  const ProcessResult result = bantam({"run", "built-in", "Hello", "--no-think"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_NE(result.err.find("no switch for thinking"), std::string::npos) << result.err;
}

TEST(Program, GivesTheSameTextForASeed) {
  const std::vector<std::string> arguments = {
      "run",           "built-in", "Tell me a story about Anna and Ben.", "--seed", "5",
      "--temperature", "1.2"};
  std::vector<std::string> three_threads = arguments;
  three_threads.insert(three_threads.end(), {"--threads", "3"});
  const ProcessResult first = bantam(arguments);
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(bantam(arguments).out, first.out);
  EXPECT_EQ(bantam(three_threads).out, first.out);
}

TEST(Program, StopsBeforeAStopString) {
  const ProcessResult result =
      bantam({"run", "built-in", "What is the capital of France?", "--stop", " is"});
  EXPECT_EQ(result.out, "The capital of France\n");
}

TEST(Program, SaysWhenTheContextIsFull) {
  const ProcessResult result =
      bantam({"run", "built-in", "Tell me a story about Anna and Ben.", "--ctx", "40", "--json"});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_NE(result.err.find("the context of 40 tokens is full"), std::string::npos) << result.err;
  const ProcessResult prompt = bantam({"run", "built-in", std::string(3000, 'a')});
  EXPECT_EQ(prompt.exit_code, 6);
  EXPECT_NE(prompt.err.find("the context holds 512"), std::string::npos) << prompt.err;
}

struct Failure {
  const char* name;
  std::vector<std::string> arguments;
  int exit_code;
  const char* message;
};

class FailingProgram : public testing::TestWithParam<Failure> {};

TEST_P(FailingProgram, NamesWhatIsWrongAndExitsByItsKind) {
  const ProcessResult result = bantam(GetParam().arguments);
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.err;
  EXPECT_NE(result.err.find(GetParam().message), std::string::npos) << result.err;
  EXPECT_EQ(result.out, "");
}

std::string failure_name(const testing::TestParamInfo<Failure>& tested) {
  return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    All, FailingProgram,
    testing::Values(
        Failure{"UnknownCommand", {"fly"}, 2, "fly"},
        Failure{"MissingModel", {"run", "nowhere.gguf", "hello"}, 3, "nowhere.gguf"},
        Failure{"NotAModel", {"show", BANTAM_PROGRAM}, 4, "magic"},
        Failure{"FolderWithoutModel", {"show", "/"}, 2, "config.json"},
        Failure{"OverrideWithoutValue", {"show", "built-in", "--override", "x"}, 2, "KEY=VALUE"},
        Failure{"OverrideThatNobodyReads",
                {"show", "built-in", "--override", "llama.attention.windows=1"},
                2,
                "llama.attention.windows"},
        Failure{"OverrideOutOfRange",
                {"show", "built-in", "--override", "llama.attention.sliding_window=-1"},
                4,
                "llama.attention.sliding_window"},
        Failure{"HotSampling", {"run", "built-in", "hi", "--temperature", "-1"}, 2, "temperature"},
        Failure{"UnknownCacheType",
                {"run", "built-in", "hi", "--cache-type-k", "q9"},
                2,
                "--cache-type-k"},
        Failure{"CacheTypeThatDoesNotFit",
                {"logits", "built-in", "--ids", "1", "-o", "/dev/null", "--cache-type-k", "q4_k"},
                2,
                "q4_k"},
        Failure{"UnknownLevel", {"run", "built-in", "hi", "--cpu", "abacus"}, 2, "--cpu"},
        Failure{"IdOutsideTheVocabulary",
                {"logits", "built-in", "--ids", "2048", "-o", "x"},
                2,
                "2048"},
        Failure{"NoTextFile", {"perplexity", "built-in", "-f", "nothing.txt"}, 3, "nothing.txt"},
        Failure{
            "NoMessages", {"render", "built-in", "--messages", "nothing.json"}, 3, "nothing.json"},
        Failure{"NothingToRender", {"render", "built-in"}, 2, "--messages"},
        Failure{"TwoConversations",
                {"render", "built-in", "Hi", "--messages", "chat.json"},
                2,
                "not both"},
        Failure{
            "VariableWithoutValue", {"render", "built-in", "Hi", "--set", "x"}, 2, "NAME=VALUE"},
        Failure{"ConvertingOverAFile",
                {"convert", (test::fixture("families") / "llama3").string(), BANTAM_PROGRAM},
                2,
                "--force"},
        Failure{"ConvertingToAnUnknownType",
                {"convert", "built-in", "nowhere", "--type", "q3"},
                2,
                "--type"},
        Failure{"NoTemplateFile",
                {"render", "built-in", "Hi", "--template", "nothing.gotmpl"},
                3,
                "nothing.gotmpl"},
        Failure{"NoTemplateInTheModel",
                {"show", (test::fixture("families") / "llama3/model.gguf").string(), "--template"},
                5,
                "no chat template"}),
    failure_name);

TEST(Program, ConvertsAFolderAndBack) {
  const test::TemporaryFolder folder;
  const std::string gguf = folder.path() / "made.gguf", back = folder.path() / "back";
  const ProcessResult there = bantam({"convert", fixture("llama3"), gguf, "--json"});
  ASSERT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(Json::parse(there.out)["family"], "llama");
  const ProcessResult again = bantam({"convert", gguf, back});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.out.find(" tensors, "), std::string::npos) << again.out;
  const std::vector<std::string> rest = {"Hello there 123", "--json"};
  const ProcessResult ids = bantam({"tokenize", back, rest[0], rest[1]});
  EXPECT_EQ(ids.out, bantam({"tokenize", fixture("llama3"), rest[0], rest[1]}).out) << ids.err;
}

TEST(Program, TakesBracketsAndOptionsAsTheyAre) {
  const ProcessResult brackets = bantam({"tokenize", "built-in", "--json", "[a, b]"});
  const ProcessResult decoded =
      bantam({"tokenize", "built-in", "--decode", "--jsonl", "-"}, brackets.out);
  EXPECT_EQ(Json::parse(decoded.out)["text"], "[a, b]");
  const ProcessResult stop =
      bantam({"run", "--stop", " is", "built-in", "What is the capital of France?"});
  EXPECT_EQ(stop.out, "The capital of France\n");
}

TEST(Program, RefusesJsonThatIsNestedTooDeep) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "deep.json").string();
  std::ofstream(path) << std::string(200000, '[');
  EXPECT_EQ(bantam({"render", "built-in", "--messages", path}).exit_code, 2);
  const std::string line =
      "{\"ids\": [" + std::string(200000, '[') + std::string(200000, ']') + "]}\n";
  EXPECT_EQ(bantam({"tokenize", "built-in", "--decode", "--jsonl", "-"}, line).exit_code, 2);
  EXPECT_EQ(
      bantam({"tokenize", "built-in", "--decode", "--jsonl", "-"}, "{\"ids\": [4294967297]}\n")
          .exit_code,
      2);
}

TEST(Program, TakesControlStringsAsTextUnlessAsked) {
  const auto tokens = [](std::vector<std::string> flags) {
    std::vector<std::string> arguments = {"run",    "built-in", "<|im_end|>", "--raw",
                                          "--json", "-n",       "1"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return Json::parse(bantam(arguments).out)["prompt_tokens"].get<int>();
  };
  EXPECT_EQ(tokens({"--special"}), 1);
  EXPECT_EQ(tokens({}), 7);
}

TEST(Program, SeesThatItsOutputCannotBeWritten) {
  const ProcessResult result = test::run_process(
      "/bin/sh", {"-c", std::string(BANTAM_PROGRAM) + " tokenize built-in hello > /dev/full"});
  EXPECT_EQ(result.exit_code, 8) << result.err;
}

TEST(Program, RefusesWeightsThatAreNotNumbersOrNotWeights) {
  const test::TemporaryFolder folder;
  for (const char* file :
       {"config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"}) {
    std::filesystem::copy_file(test::fixture("families") / "llama3" / file, folder.path() / file);
  }
  const auto weights = folder.path() / "model.safetensors";
  std::string bytes;
  {
    std::ifstream file(weights, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto run = [&](const std::string& content) {
    std::ofstream(weights, std::ios::binary) << content;
    return bantam({"run", folder.path().string(), "hello", "--raw", "-n", "3"});
  };
  // Every weight of the last tensors a NaN.
  std::string poisoned = bytes;
  std::fill(poisoned.end() - 60000, poisoned.end(), '\xff');
  const ProcessResult nan = run(poisoned);
  EXPECT_EQ(nan.exit_code, 4) << nan.out;
  EXPECT_NE(nan.err.find("not finite"), std::string::npos) << nan.err;
  // Two-byte floats called 16-bit integers.
  std::string integers = bytes;
  for (std::size_t at; (at = integers.find("\"BF16\"")) != std::string::npos;) {
    integers.replace(at, 6, "\"I16\" ");
  }
  const ProcessResult codes = run(integers);
  EXPECT_EQ(codes.exit_code, 5) << codes.err;
  EXPECT_NE(codes.err.find("i16"), std::string::npos) << codes.err;
}

TEST(Program, GivesOneJsonValueWhenAnAnswerIsCut) {
  const ProcessResult result =
      bantam({"run", "built-in", "Tell me a story about Anna and Ben.", "--ctx", "40", "--json"});
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(Json::parse(result.out)["finish_reason"], "context_full");
}

TEST(Program, GivesErrorsAsJsonToo) {
  const ProcessResult result = bantam({"show", "nowhere.gguf", "--json"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(Json::parse(result.out)["error"]["code"], "not_found");
}

TEST(Program, ExplainsEveryCommandWithAnExample) {
  for (const char* command :
       {"run", "show", "tokenize", "render", "convert", "logits", "bench", "perplexity", "doctor",
        "list", "cp", "rm", "import", "create", "verify", "pull", "serve"}) {
    const ProcessResult result = bantam({command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("Example"), std::string::npos) << command;
    EXPECT_NE(result.out.find("--json"), std::string::npos) << command;
  }
}

TEST(Program, ShowsWhatAModelIs) {
  const ProcessResult result = bantam({"show", fixture("llama3/model.gguf"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json value = Json::parse(result.out);
  EXPECT_EQ(value["architecture"], "llama");
  EXPECT_EQ(value["parameters"], 158144 + 8);  // the file's rope_freqs besides the weights
  EXPECT_EQ(value["kv_heads"], 2);
  EXPECT_EQ(value["tied_output"], false);
}

TEST(Program, ShowsWhatAGgufFileLeavesOpen) {
  const std::string file = fixture("llama2/model.gguf");
  const std::string option = "llama.attention.sliding_window=4096";
  const Json listed = Json::parse(bantam({"show", file, "--json"}).out)["assumptions"];
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]["key"], "llama.attention.sliding_window");
  EXPECT_EQ(listed[0]["assumed"], "none");
  EXPECT_EQ(listed[0]["override"], option);
  EXPECT_NE(bantam({"show", file}).out.find("--override " + option), std::string::npos);
  const Json stated = Json::parse(bantam({"show", file, "--json", "--override", option}).out);
  EXPECT_EQ(stated["assumptions"].size(), 0U);
  const Json text = Json::parse(bantam({"show", fixture("llama3/model.gguf"), "--json",
                                        "--override", "tokenizer.ggml.pre=qwen2"})
                                    .out)["assumptions"];
  ASSERT_EQ(text.size(), 2U);
  EXPECT_EQ(text.back()["override"], "tokenizer.ggml.normalizer.nfc=false");
  const ProcessResult folder = bantam({"show", fixture("llama2"), "--json"});
  EXPECT_EQ(Json::parse(folder.out)["assumptions"].size(), 0U);
}

TEST(Program, ComputesWithAnOverrideAndSaysNothingOfWhatIsOpen) {
  const test::TemporaryFolder folder;
  const auto logits = [&](std::vector<std::string> more) {
    const std::string output = (folder.path() / "out.safetensors").string();
    std::vector<std::string> arguments{
        "logits", fixture("llama2/model.gguf"), "--ids", "5,6,7,8", "-o", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = bantam(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ((result.out + result.err).find("override"), std::string::npos) << result.err;
    return test::Safetensors(output).floats("logits");
  };
  const std::vector<float> plain = logits({});
  EXPECT_EQ(logits({"--override", "llama.attention.sliding_window=16"}), plain);
  EXPECT_NE(logits({"--override", "llama.attention.sliding_window=2"}), plain);
}

TEST(Program, TokenizesLinesAndDecodesThemBack) {
  const std::string lines = "{\"text\": \"Hello world\"}\n{\"text\": \"<|im_end|>\"}\n";
  const ProcessResult encoded = bantam({"tokenize", "built-in", "--jsonl", "-"}, lines);
  ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
  EXPECT_EQ(encoded.out, "{\"ids\":[1404,552,827]}\n{\"ids\":[2]}\n");
  const ProcessResult decoded =
      bantam({"tokenize", "built-in", "--decode", "--jsonl", "-"}, encoded.out);
  EXPECT_EQ(decoded.out, "{\"text\":\"Hello world\"}\n{\"text\":\"<|im_end|>\"}\n");
  const ProcessResult plain = bantam({"tokenize", "built-in", "--plain", "--json", "<|im_end|>"});
  EXPECT_EQ(Json::parse(plain.out)["ids"].size(), 7U);
}

// A file of that content in `folder`.
std::string write_file(const test::TemporaryFolder& folder, const std::string& name,
                       const std::string& content) {
  const std::string path = (folder.path() / name).string();
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(Program, RendersTheExactPrompt) {
  const test::TemporaryFolder folder;
  const std::string path =
      write_file(folder, "chat.json", R"([{"role": "user", "content": "Hi"}])");
  const std::string prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
  const ProcessResult result = bantam({"render", "built-in", "--messages", path});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, prompt);
  EXPECT_EQ(bantam({"render", "built-in", "Hi"}).out, prompt);
  EXPECT_EQ(
      bantam({"render", "built-in", "--messages", "-"}, R"([{"role":"user","content":"Hi"}])").out,
      prompt);
}

TEST(Program, ShowsTheTokensOfAPromptAndWhoWroteIt) {
  const ProcessResult tokens = bantam({"render", "built-in", "<|im_end|>", "--tokens"});
  ASSERT_EQ(tokens.exit_code, 0) << tokens.err;
  EXPECT_TRUE(tokens.out.starts_with("1\t<|im_start|>\n")) << tokens.out;
  const Json value = Json::parse(bantam({"render", "built-in", "<|im_end|>", "--json"}).out);
  EXPECT_EQ(value["prompt"], "<|im_start|>user\n<|im_end|><|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(value["user_spans"], Json::parse("[[17, 27]]"));
  EXPECT_EQ(value["ids"].size(), value["pieces"].size());
  // The user's <|im_end|> is text; the template's own is the token.
  EXPECT_EQ(std::count(value["ids"].begin(), value["ids"].end(), 2), 1);
}

TEST(Program, RendersWithToolsDocumentsAndVariables) {
  const test::TemporaryFolder folder;
  const std::string tools = write_file(folder, "tools.json", R"([{"name": "f"}])");
  const std::string documents = write_file(folder, "documents.json", R"([{"text": "d"}])");
  const std::string source = write_file(
      folder, "own.jinja",
      "{{ tools[0].name }}{{ documents[0].text }}{{ think }}{{ name }}{{ messages[0].content }}");
  const ProcessResult result =
      bantam({"render", "built-in", "Hi", "--template", source, "--tools", tools, "--documents",
              documents, "--set", "think=false", "--set", "name=Ann"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(bantam({"render", "--tools", tools, "--documents", documents, "--set", "think=false",
                    "--set", "name=Ann", "--template", source, "built-in", "Hi"})
                .out,
            result.out);
  EXPECT_EQ(bantam({"render", "--set", "x=1", "built-in", "Hi"}).exit_code, 0);
  EXPECT_EQ(result.out, "fdFalseAnnHi");
  EXPECT_NE(result.err.find("own.jinja: read as a Jinja template"), std::string::npos);
  const ProcessResult wrong = bantam({"render", "built-in", "Hi", "--tools", source});
  EXPECT_EQ(wrong.exit_code, 2);
}

TEST(Program, RendersTheGoTemplatesOfOllama) {
  const test::TemporaryFolder folder;
  const std::string source = write_file(folder, "template",
                                        "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content "
                                        "}}<|im_end|>\n{{ end }}{{ .Think }}");
  const ProcessResult result =
      bantam({"render", "built-in", "Hi", "--template", source, "--set", "think=true"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "<|im_start|>user\nHi<|im_end|>\ntrue");
  EXPECT_NE(result.err.find("read as a Go template"), std::string::npos) << result.err;
  const std::string fill =
      write_file(folder, "fill.gotmpl", "<PRE>{{ .Prompt }}<SUF>{{ .Suffix }}");
  EXPECT_EQ(
      bantam({"render", "built-in", "--template", fill, "--set", "prompt=a", "--set", "suffix=b"})
          .out,
      "<PRE>a<SUF>b");
  const std::string broken = write_file(folder, "broken.gotmpl", "a\n{{ if }}");
  const ProcessResult failed = bantam({"render", "built-in", "Hi", "--template", broken});
  EXPECT_EQ(failed.exit_code, 4);
  EXPECT_NE(failed.err.find("line 2"), std::string::npos) << failed.err;
}

TEST(Program, ShowsTheTemplateOfAModel) {
  const ProcessResult result = bantam({"show", "built-in", "--template"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("{%"), std::string::npos) << result.out;
  const Json value = Json::parse(bantam({"show", "built-in", "--template", "--json"}).out);
  EXPECT_EQ(value["chat_template"].get<std::string>() + "\n", result.out);
}

TEST(Program, WritesTheReferenceLogits) {
  const test::Safetensors reference(fixture("smollm2/reference.safetensors"));
  std::string ids;
  for (const std::int64_t id : reference.integers("input_ids"))
    ids += (ids.empty() ? "" : ",") + std::to_string(id);
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "out.safetensors").string();
  for (const char* batch : {"512", "1"}) {
    const ProcessResult result = bantam({"logits", fixture("smollm2"), "--exact-bf16", "--ids", ids,
                                         "-o", path, "--hidden", "--batch", batch});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const test::Safetensors written(path);
    for (const char* name : {"logits", "hidden_0", "hidden_3", "final_norm"}) {
      const std::vector<float> wanted = reference.floats(name);
      const std::vector<float> got = written.floats(name);
      ASSERT_EQ(got.size(), wanted.size());
      float largest = 0, difference = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        largest = std::max(largest, std::abs(wanted[i]));
        difference = std::max(difference, std::abs(got[i] - wanted[i]));
      }
      EXPECT_LE(difference, 2e-5F * largest) << name;
    }
  }
}

TEST(Program, MeasuresSpeedAndMachine) {
  const ProcessResult bench = bantam(
      {"bench", fixture("llama2/model.gguf"), "--pp", "16", "--tg", "4", "-r", "2", "--json"});
  ASSERT_EQ(bench.exit_code, 0) << bench.err;
  const Json value = Json::parse(bench.out);
  ASSERT_EQ(value["tests"].size(), 2U);
  EXPECT_EQ(value["tests"][0]["test"], "pp16");
  EXPECT_GT(value["tests"][1]["avg_ts"], 0.0);
  EXPECT_EQ(value["tests"][1]["seconds"].size(), 2U);
  for (const Json& test : value["tests"]) {
    EXPECT_GT(test["roofline"], 0.0);
    EXPECT_GT(test["roofline"], 0.999 * test["bandwidth_share"].get<double>());
    EXPECT_EQ(test["operations"]["int8"], 0.0) << "the weights of this model are floats";
  }
  const ProcessResult doctor = bantam({"doctor", "--json"});
  ASSERT_EQ(doctor.exit_code, 0) << doctor.err;
  const Json one = Json::parse(doctor.out)["peaks_one_thread"];
  EXPECT_GT(one["read_bytes_per_second"], 1e8);
  EXPECT_GT(one["operations_per_second"]["int8"], 1e8);
}

// Each of N sequences multiplies the weights, which are read once for all.
TEST(Program, MeasuresSequencesThatGenerateTogether) {
  const ProcessResult bench =
      bantam({"bench", fixture("llama2/model.gguf"), "--pp", "0", "--tg", "4", "--depth", "5",
              "--sequences", "1,3", "-r", "1", "--json"});
  ASSERT_EQ(bench.exit_code, 0) << bench.err;
  const Json tests = Json::parse(bench.out)["tests"];
  ASSERT_EQ(tests.size(), 2U);
  EXPECT_EQ(tests[0]["test"], "tg4 @ d5");
  EXPECT_EQ(tests[1]["test"], "tg4 x3 @ d5");
  EXPECT_DOUBLE_EQ(tests[1]["operations"]["f32"], 3 * tests[0]["operations"]["f32"].get<double>());
  EXPECT_LT(tests[1]["bytes"], 1.5 * tests[0]["bytes"].get<double>());
  const ProcessResult small_batch =
      bantam({"bench", fixture("llama2/model.gguf"), "--sequences", "9", "--batch", "8"});
  EXPECT_EQ(small_batch.exit_code, 2);
  EXPECT_NE(small_batch.err.find("--batch"), std::string::npos) << small_batch.err;
}

TEST(Program, MeasuresPerplexity) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "text.txt").string();
  std::ofstream file(path);
  for (int i = 0; i < 60; ++i) file << "The capital of France is Paris. 23 + 45 = 68. ";
  file.close();
  const ProcessResult result =
      bantam({"perplexity", "built-in", "-f", path, "--ctx", "128", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json value = Json::parse(result.out);
  EXPECT_EQ(value["scored_tokens"], value["windows"].get<int>() * 63);
  EXPECT_GT(value["perplexity"], 1.0);
}

}  // namespace
}  // namespace bantam
