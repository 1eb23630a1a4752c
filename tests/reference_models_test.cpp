// Small real models against what independent programs say of them: greedy text and perplexity.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "engine/engine.h"
#include "eval/perplexity.h"
#include "library/loaded_model.h"
#include "support/paths.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// The recorded runs end after this id.
constexpr std::int32_t kEnd = 2;

Json read_expected(const std::string& model) {
  std::ifstream file(test::shared("reference/models") / model / "expected.json");
  return Json::parse(file);
}

class ReferenceModel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    BANTAM_NEEDS_SHARED("reference/models");
    folder_ = test::shared("reference/models") / GetParam();
    expected_ = read_expected(GetParam());
  }

  library::LoadedModel open(const fs::path& path) const {
    return library::load_model(library::resolve_model(path.string()));
  }

  fs::path folder_;
  Json expected_;
};

std::vector<std::int32_t> greedy(const library::LoadedModel& model,
                                 std::vector<std::int32_t> prompt, std::size_t count) {
  engine::EngineOptions options;
  options.executor.key_type = options.executor.value_type = DType::F32;
  options.executor.context_tokens = static_cast<std::int64_t>(prompt.size() + count) + 1;
  engine::Engine engine(model.model, options);
  engine::Request request;
  request.prompt = std::move(prompt);
  request.sampling.temperature = 0;
  request.max_tokens = static_cast<std::int64_t>(count);
  request.stop_ids = {kEnd};
  engine.submit(request);
  std::vector<std::int32_t> ids;
  while (!engine.is_idle()) {
    for (const engine::TokenEvent& event : engine.step()) ids.push_back(event.token);
  }
  return ids;
}

double perplexity_of(const library::LoadedModel& model, DType cache_type) {
  const MappedFile text(test::shared("reference/models/text.txt"));
  const auto tokens =
      model.tokenizer->encode(text.text(), {.add_special = true, .parse_special = false});
  engine::ExecutorOptions options;
  options.key_type = options.value_type = cache_type;
  options.exact_bf16 = true;
  engine::Executor executor(model.model, eval::perplexity_executor_options(options, 256));
  eval::PerplexityOptions settings;
  settings.window_tokens = 256;
  settings.bos = model.tokenizer->bos();
  return eval::perplexity(executor, tokens, settings,
                          [](const eval::PerplexityResult&) { return true; })
      .perplexity;
}

TEST_P(ReferenceModel, ContinuesWithTheRecordedText) {
  for (const char* file : {"model-f32.gguf", ""}) {
    const library::LoadedModel model = open(*file != 0 ? folder_ / file : folder_);
    for (const Json& record : expected_["greedy"]) {
      SCOPED_TRACE(std::string(file) + " " + record["prompt"].get<std::string>());
      const auto ids = record["ids"].get<std::vector<std::int32_t>>();
      const auto got = greedy(model, record["prompt_ids"], ids.size());
      EXPECT_EQ(got, ids);
      // SentencePiece drops the blank at the start of a text; a continuation has none to drop.
      std::string text;
      for (const std::int32_t id : got) {
        const bool is_shown = id != kEnd && !model.tokenizer->is_control(id);
        if (is_shown) text += model.tokenizer->token_bytes(id);
      }
      EXPECT_EQ(text, record["text"].get<std::string>());
    }
  }
}

TEST_P(ReferenceModel, HasTheRecordedPerplexity) {
  const library::LoadedModel model = open(folder_ / "model-f32.gguf");
  const double wanted = expected_["perplexity"]["f32"]["own_f64"]["ppl"];
  EXPECT_NEAR(perplexity_of(model, DType::F32) / wanted, 1.0, 1e-5);
}

TEST_P(ReferenceModel, HasTheRecordedPerplexityFromItsFolder) {
  const library::LoadedModel model = open(folder_);
  const Json& perplexity = expected_["perplexity"];
  const bool differs = perplexity.contains("with_tokenizer_json_tokens");
  const double wanted = differs ? perplexity["with_tokenizer_json_tokens"]["torch_f32"]["ppl"]
                                : perplexity["f32"]["own_f64"]["ppl"];
  EXPECT_NEAR(perplexity_of(model, DType::F32) / wanted, 1.0, 1e-5);
}

// Files that llama-quantize made: BANTAM_QUANTIZED/MODEL/TYPE.gguf.
TEST_P(ReferenceModel, HasTheRecordedPerplexityInEveryQuantization) {
  const char* root = std::getenv("BANTAM_QUANTIZED");
  if (root == nullptr) {
    GTEST_SKIP()
        << "needs files made by llama-quantize; point BANTAM_QUANTIZED at a folder that holds "
           "MODEL/TYPE.gguf for the types in reference/models/MODEL/expected.json";
  }
  for (const auto& [type, record] : expected_["perplexity"]["quantized"].items()) {
    SCOPED_TRACE(type);
    const library::LoadedModel model = open(fs::path(root) / GetParam() / (type + ".gguf"));
    const double wanted = record["exact_cache"]["ppl"];
    const double got = perplexity_of(model, DType::F32);
    EXPECT_NEAR(got / wanted, 1.0, 0.01);
    RecordProperty(type, std::to_string(got / wanted));
  }
}

std::string model_name(const testing::TestParamInfo<const char*>& tested) {
  std::string name = tested.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ReferenceModel,
                         testing::Values("stories260K", "stories3M-q80", "tinystories-656K",
                                         "ollama-tiny-random-llama2"),
                         model_name);

// The published files of tinystories-656K. The recorded text is that of the float weights; rounding
// them to Q8_0 moves the logits by more than its smallest margins (0.0014), so that file is held to
// its perplexity.
TEST(PublishedModel, TinyStoriesFolderContinuesWithTheRecordedText) {
  BANTAM_NEEDS_SHARED("data/models/tinystories-656K");
  BANTAM_NEEDS_SHARED("reference/models/tinystories-656K");
  const auto folder = test::shared("data/models/tinystories-656K/hf").string();
  const library::LoadedModel model = library::load_model(library::resolve_model(folder));
  const Json expected = read_expected("tinystories-656K");
  EXPECT_EQ(expected["greedy"].size(), 5U);
  for (const Json& record : expected["greedy"]) {
    const auto ids = record["ids"].get<std::vector<std::int32_t>>();
    EXPECT_EQ(greedy(model, record["prompt_ids"], ids.size()), ids);
  }
}

TEST(PublishedModel, TinyStoriesInQ8_0HasTheRecordedPerplexity) {
  BANTAM_NEEDS_SHARED("data/models/tinystories-656K");
  BANTAM_NEEDS_SHARED("reference/models/tinystories-656K");
  const auto path =
      test::shared("data/models/tinystories-656K/TinyStories-656K-Q8_0.gguf").string();
  const library::LoadedModel model = library::load_model(library::resolve_model(path));
  const Json expected = read_expected("tinystories-656K");
  const double wanted = expected["perplexity"]["quantized"]["Q8_0"]["exact_cache"]["ppl"];
  EXPECT_NEAR(perplexity_of(model, DType::F32) / wanted, 1.0, 0.01);
}

}  // namespace
}  // namespace bantam
