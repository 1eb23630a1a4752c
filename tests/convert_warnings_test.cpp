// What conversion says of folders that a GGUF file cannot hold, or not wholly.
#include "convert_support.h"

#include "base/error.h"
#include "base/format.h"
#include "library/convert/convert.h"

namespace bantam {
namespace {

// What published models do not do is stated by keys that their GGUF files do without.
TEST(ConvertKeys, StateWhatIsNotTakenForGranted) {
  const std::pair<const char*, const char*> changes[] = {{"qwen3moe", "norm_topk_prob=false"},
                                                         {"more/olmoe", "norm_topk_prob=true"},
                                                         {"more/lfm2_moe", "norm_topk_prob=false"},
                                                         {"smollm3", "no_rope_layers=[1,0,1,1]"}};
  for (const auto& [family, change] : changes) {
    if (reference_path(family).empty()) continue;
    library::ModelSource source = source_of(reference_path(family));
    const std::vector<float> published = logits_of(source);
    source.overrides = {change};
    const std::vector<float> wanted = logits_of(source);
    EXPECT_NE(wanted, published) << family;
    const test::TemporaryFolder made;
    const fs::path gguf = made.path() / "made.gguf", back = made.path() / "back";
    library::convert(source, gguf, {});
    expect_near(logits_of(gguf), wanted);
    library::convert(source_of(gguf), back, {});
    EXPECT_EQ(logits_of(back), wanted) << family;
  }
}

// Types without a form, each known or not.
TEST(ConvertFamilies, RefusesThoseThatGgufDoesNotKnowAndNamesTheOthers) {
  std::size_t tried = 0;
  for (const char* type : {"phi3small", "more/bitnet", "more/lfm3", "more/gemma3n"}) {
    const fs::path folder = test::shared("reference/families") / type;
    if (!fs::exists(folder)) continue;
    ++tried;
    const test::TemporaryFolder made;
    try {
      library::convert(source_of(folder), made.path() / "made.gguf", {});
      ADD_FAILURE() << "converted " << type;
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(error.code(), ErrorCode::Unsupported) << text;
      EXPECT_TRUE(text.find(fs::path(type).filename().string()) != std::string::npos) << text;
      EXPECT_TRUE(text.find("llama, ") != std::string::npos) << text;
    }
    EXPECT_TRUE(fs::is_empty(made.path()));
  }
  if (tried == 0) BANTAM_SKIP_WITHOUT("reference/families");
}

struct Unstated {
  std::string_view family;
  std::string_view from, to;  // in config.json
  std::string_view key, assumed;
};

void PrintTo(const Unstated& one, std::ostream* out) { *out << one.family << ' ' << one.key; }

class ConvertUnstated : public testing::TestWithParam<Unstated> {};

TEST_P(ConvertUnstated, NameTheKeyAndWhatReadersTake) {
  const Unstated& one = GetParam();
  const fs::path folder = reference_path(one.family);
  if (folder.empty()) BANTAM_SKIP_WITHOUT((fs::path("reference/families") / one.family).string());
  const test::TemporaryFolder changed, made;
  copied(folder, changed);
  replace_in(changed.path() / "config.json", one.from, one.to);
  const auto report = library::convert(source_of(changed.path()), made.path() / "made.gguf", {});
  ASSERT_EQ(report.warnings.size(), 1U) << testing::PrintToString(report.warnings);
  EXPECT_TRUE(report.warnings[0].find(one.key) != std::string::npos) << report.warnings[0];
  EXPECT_TRUE(report.warnings[0].find(one.assumed) != std::string::npos) << report.warnings[0];
}

constexpr Unstated kUnstated[] = {
    {"smollm3", "\"no_rope_layers\": [", "\"no_rope_layers\": [0, ", "no_rope_layers",
     "take every fourth layer"},
    {"mixtral", "\"sliding_window\": null", "\"sliding_window\": 16", "sliding_window",
     "take no window"},
    {"qwen3moe", "\"norm_topk_prob\": true", "\"norm_topk_prob\": false", "norm_topk_prob",
     "take the published models' way"},
    {"more/olmoe", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true", "norm_topk_prob",
     "take the published models' way"},
    {"more/lfm2_moe", "\"routed_scaling_factor\": 1.0", "\"routed_scaling_factor\": 2.5",
     "routed_scaling_factor", "times 1"},
    {"more/gpt_oss", "\"swiglu_limit\": 7.0", "\"swiglu_limit\": 5.0", "swiglu_limit", "up to 7"},
    {"more/minicpm3", "\"scale_emb\": 12", "\"scale_emb\": 10", "scale_emb", "take 12"},
    {"llama2", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"", "hidden_act", "take silu"},
};

std::string warning_name(const testing::TestParamInfo<Unstated>& one) {
  std::string name = format("{}_{}", one.param.family, one.param.key);
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ConvertUnstated, testing::ValuesIn(kUnstated), warning_name);

// Windows from a layer on, which only Qwen's folders know.
TEST(ConvertWarnings, SayWhichLayersLookThroughAWindow) {
  const fs::path folder = reference_path("qwen2");
  BANTAM_NEEDS_SHARED("reference/families/qwen2");
  const test::TemporaryFolder changed, made;
  copied(folder, changed);
  const fs::path config = changed.path() / "config.json";
  fs::copy_file(folder / "config.v4.json", config, fs::copy_options::overwrite_existing);
  replace_in(config, "\"layer_types\"", "\"types\"");
  replace_in(config, "\"use_sliding_window\": false", "\"use_sliding_window\": true");
  replace_in(config, "\"sliding_window\": null", "\"sliding_window\": 16");
  replace_in(config, "\"max_window_layers\": 28", "\"max_window_layers\": 1");
  const auto report = library::convert(source_of(changed.path()), made.path() / "made.gguf", {});
  ASSERT_EQ(report.warnings.size(), 1U) << testing::PrintToString(report.warnings);
  EXPECT_TRUE(report.warnings[0].find("no window in layer 0, a window of 16 in layers 1 to") !=
              std::string::npos)
      << report.warnings[0];
}

}  // namespace
}  // namespace bantam
