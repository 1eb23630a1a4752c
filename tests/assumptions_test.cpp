// What GGUF files leave to their reader, and that a user can state it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "family_paths.h"
#include "library/model_source.h"
#include "library/tokenizer_loading.h"
#include "model/families/families.h"

namespace bantam {
namespace {

using Keys = std::vector<std::string>;

struct Open {
  std::string family;
  Keys keys;  // that its file lacks although models of the family differ
};

// Every reference that has a GGUF file.
const std::vector<Open>& open_keys() {
  static const std::vector<Open> all{
      {"deepseek2", {"deepseek2.expert_weights_norm"}},
      {"deepseek3", {}},
      {"gemma", {}},
      {"gemma2-27b", {"gemma2.attention.scale", "gemma2.attention.sliding_window_pattern"}},
      {"gemma2", {"gemma2.attention.scale", "gemma2.attention.sliding_window_pattern"}},
      {"gemma3-linear-rope", {"gemma3.attention.sliding_window_pattern", "gemma3.attention.scale"}},
      {"gemma3", {"gemma3.attention.sliding_window_pattern", "gemma3.attention.scale"}},
      {"gpt2", {}},
      {"granite", {}},
      {"llama2", {"llama.attention.sliding_window"}},
      {"llama3-bias", {"llama.attention.sliding_window"}},
      {"llama3-tied", {"llama.attention.sliding_window"}},
      {"llama3", {"llama.attention.sliding_window"}},
      {"mistral-no-window", {"llama.attention.sliding_window"}},
      {"mistral", {"llama.attention.sliding_window"}},
      {"mixtral", {"llama.attention.sliding_window"}},
      {"mobilellm-ls", {"llama.attention.sliding_window"}},
      {"mobilellm", {"llama.attention.sliding_window"}},
      {"more/apertus", {}},
      {"more/arcee", {}},
      {"more/cohere2",
       {"cohere2.attention.sliding_window_pattern", "cohere2.attention.rope_pattern"}},
      {"more/ernie4_5", {}},
      {"more/exaone4-1b", {"exaone4.attention.sliding_window"}},
      {"more/exaone4", {}},
      {"more/falcon_h1", {}},
      {"more/gemma4", {}},
      {"more/glm4", {}},
      {"more/gpt_oss",
       {"gpt-oss.rope.scaling.yarn_truncate", "gpt-oss.attention.sliding_window_pattern"}},
      {"more/granite_swa", {}},
      {"more/granitemoe", {}},
      {"more/granitemoehybrid", {}},
      {"more/hunyuan_v1_dense", {}},
      {"more/lfm2", {}},
      {"more/lfm2_moe", {"lfm2moe.expert_weights_norm"}},
      {"more/minicpm3",
       {"minicpm3.embedding_scale", "minicpm3.scale_depth", "minicpm3.dim_model_base"}},
      {"more/ministral3", {}},
      {"more/nemotron", {}},
      {"more/olmo3", {}},
      {"more/olmoe", {"olmoe.expert_weights_norm"}},
      {"more/qwen3_5", {}},
      {"olmo2", {"olmo2.attention.sliding_window"}},
      {"phi2", {}},
      {"phi3-gqa", {}},
      {"phi3-longrope-short", {}},
      {"phi3-longrope", {}},
      {"phi3", {}},
      {"phi4-mini", {}},
      {"phi4", {}},
      {"qwen2-tied", {"qwen2.attention.sliding_window"}},
      {"qwen2-yarn", {"qwen2.attention.sliding_window"}},
      {"qwen2", {"qwen2.attention.sliding_window"}},
      {"qwen3-tied", {"qwen3.attention.sliding_window"}},
      {"qwen3", {"qwen3.attention.sliding_window"}},
      {"qwen3moe", {"qwen3moe.expert_weights_norm"}},
      {"smollm2", {"llama.attention.sliding_window"}},
      {"smollm3", {"smollm3.attention.rope_pattern", "smollm3.attention.sliding_window"}},
      {"stablelm-12b", {}},
      {"stablelm", {}},
      {"starcoder2", {"starcoder2.attention.sliding_window"}},
  };
  return all;
}

// Of a reference with these --override; none without its file.
std::vector<model::Assumption> assumptions_of(const std::string& family,
                                              std::vector<std::string> overrides = {}) {
  const auto folder = test::reference_path(family, "model.gguf");
  if (folder.empty()) return {};
  const formats::TensorFile file = library::open_tensors(
      {library::SourceKind::GgufFile, folder / "model.gguf", family, std::move(overrides)});
  return model::read_spec(model::family_of(file), file).assumptions;
}

TEST(Assumptions, AreTheKeysThatAFileLacks) {
  for (const Open& row : open_keys()) {
    if (test::reference_path(row.family, "model.gguf").empty()) continue;
    Keys keys;
    for (const model::Assumption& open : assumptions_of(row.family)) {
      keys.push_back(open.key);
      EXPECT_NE(open.assumed, "") << row.family << ": " << open.key;
      EXPECT_NE(open.instead, open.assumed) << row.family << ": " << open.key;
      EXPECT_NE(open.why, "") << row.family << ": " << open.key;
    }
    EXPECT_EQ(keys, row.keys) << row.family;
  }
}

// The references whose published logits need a key that their GGUF file lacks.
TEST(Assumptions, NameWhatTheReferencesLack) {
  const auto path = test::shared("reference/families") / "index.json";
  std::ifstream stream(path);
  if (!stream) BANTAM_SKIP_WITHOUT("reference/families/index.json");
  const std::map<std::string, std::string> ends{{"sliding_window", ".attention.sliding_window"},
                                                {"query_pre_attn_scalar", ".attention.scale"},
                                                {"rope_parameters", ".rope.scaling.yarn_truncate"}};
  const auto index = nlohmann::json::parse(stream);
  int count = 0;
  for (const auto& entry : index["models"]) {
    if (!entry.contains("gguf_lacks")) continue;
    const std::string family = entry["folder"];
    for (const auto& lack : entry["gguf_lacks"].items()) {
      const auto found = assumptions_of(family);
      EXPECT_TRUE(std::ranges::any_of(
          found,
          [&](const model::Assumption& open) { return open.key.ends_with(ends.at(lack.key())); }))
          << family << ": " << lack.key();
      ++count;
    }
  }
  EXPECT_GE(count, 4);
}

TEST(Assumptions, CoverEveryReferenceWithAGgufFile) {
  const auto root = test::shared("reference/families");
  for (const auto& folder : {root, root / "more"}) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
      if (!exists(entry.path() / "model.gguf")) continue;
      const std::string family = relative(entry.path(), root).generic_string();
      EXPECT_NE(std::ranges::find(open_keys(), family, &Open::family), open_keys().end()) << family;
    }
  }
}

// The suggested value is one that the family reads.
TEST(Assumptions, EndWithWhatTheUserStates) {
  for (const Open& row : open_keys()) {
    for (const model::Assumption& open : assumptions_of(row.family)) {
      const auto left = assumptions_of(row.family, {open.key + "=" + open.instead});
      EXPECT_EQ(std::ranges::find(left, open.key, &model::Assumption::key), left.end())
          << row.family << ": " << open.key;
    }
  }
}

TEST(Override, OfAKeyThatNobodyReadsIsRefused) {
  if (test::reference_path("llama2", "model.gguf").empty()) {
    BANTAM_SKIP_WITHOUT("reference/families/llama2/model.gguf");
  }
  for (const std::string key :
       {"llama.attention.sliding_windows", "tokenizer.ggml.prae", "general.nam",
        "tokenizer.chat_templates", "generation_config.top_k", "eos_token_id"}) {
    try {
      assumptions_of("llama2", {key + "=16"});
      ADD_FAILURE() << "accepted " << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::BadInput);
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  }
}

TEST(Override, OfAKeyThatIsReadBesideTheFamilyCounts) {
  if (test::reference_path("llama2", "model.gguf").empty()) {
    BANTAM_SKIP_WITHOUT("reference/families/llama2/model.gguf");
  }
  for (const std::string key : {"general.name", "tokenizer.ggml.pre", "tokenizer.chat_template"}) {
    EXPECT_NO_THROW(assumptions_of("llama2", {key + "=text"})) << key;
  }
}

TEST(Override, OfTheChatTemplateShowsWithoutTheWeights) {
  EXPECT_EQ(library::load_template_source({library::SourceKind::BuiltIn,
                                           {},
                                           "built-in",
                                           {"tokenizer.chat_template={{ messages }}"}}),
            "{{ messages }}");
}

}  // namespace
}  // namespace bantam
