// Conversion against the files that llama.cpp's converter writes, and back to the published folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/format.h"
#include "engine/executor.h"
#include "engine/single_sequence.h"
#include "formats/gguf_reader.h"
#include "formats/gguf_writer.h"
#include "formats/hf/model_folder.h"
#include "formats/safetensors_writer.h"
#include "library/convert/convert.h"
#include "library/tokenizer_loading.h"
#include "support/paths.h"
#include "support/temporary_folder.h"
#include "tensor/quant_format.h"

namespace bantam {
namespace {

namespace fs = std::filesystem;
using formats::TensorEntry;
using formats::TensorFile;
using model::WeightType;

// Keys that may differ from the reference, and why.
struct Exception {
  std::string_view family;  // empty: every one
  std::string_view key;
};
constexpr Exception kExceptions[] = {
    // Made from the folder's name and from counting parameters, to name files on a hub.
    {"", "general.basename"},
    {"", "general.size_label"},
    {"", "general.finetune"},
    // CodeGemma's end of a turn, which the reference writes for every vocabulary: in this one the
    // token is another.
    {"gemma", "tokenizer.ggml.eot_token_id"},
    // Minitron's, which the reference writes for every vocabulary: in this one the token is
    // another.
    {"more/nemotron", "tokenizer.ggml.unknown_token_id"},
    // What the reference's files lack: without it readers compute something else.
    {"gemma2-27b", "gemma2.attention.scale"},
    {"mistral", "llama.attention.sliding_window"},
    {"starcoder2", "starcoder2.attention.sliding_window"},
};

bool is_exception(std::string_view family, std::string_view key) {
  return std::ranges::any_of(kExceptions, [&](const Exception& one) {
    return one.key == key && (one.family.empty() || one.family == family);
  });
}

// How much of a folder comes back from its GGUF file.
enum class Back {
  Exactly,
  Unfolded,    // written out as twice as many layers as its folder has
  Multiplied,  // with multipliers of config.json inside the weights, rounded
};

struct Reference {
  std::string_view name;
  Back back = Back::Exactly;
};

void PrintTo(const Reference& reference, std::ostream* out) { *out << reference.name; }

// Every reference with a model.gguf; one line to add one.
constexpr Reference kReferences[] = {
    {"llama2"},
    {"llama3"},
    {"llama3-tied"},
    {"llama3-bias"},
    {"mobilellm"},
    {"mobilellm-ls", Back::Unfolded},
    {"smollm2"},
    {"smollm3"},
    {"mistral"},
    {"mistral-no-window"},
    {"mixtral"},
    {"phi2"},
    {"phi3"},
    {"phi3-gqa"},
    {"phi4"},
    {"phi4-mini"},
    {"phi3-longrope"},
    {"phi3-longrope-short"},
    {"gemma"},
    {"gemma2"},
    {"gemma2-27b"},
    {"gemma3"},
    {"gemma3-linear-rope"},
    {"qwen2"},
    {"qwen2-tied"},
    {"qwen2-yarn"},
    {"qwen3"},
    {"qwen3-tied"},
    {"qwen3moe"},
    {"deepseek2"},
    {"deepseek3"},
    {"gpt2"},
    {"olmo2"},
    {"granite"},
    {"stablelm"},
    {"stablelm-12b"},
    {"starcoder2"},
    {"more/granitemoe"},
    {"more/granite_swa"},
    {"more/olmo3"},
    {"more/arcee"},
    {"more/olmoe"},
    {"more/exaone4"},
    {"more/exaone4-1b"},
    {"more/glm4"},
    {"more/ernie4_5"},
    {"more/hunyuan_v1_dense"},
    {"more/cohere2"},
    {"more/nemotron"},
    {"more/ministral3"},
    {"more/apertus"},
    {"more/minicpm3"},
    {"more/gpt_oss"},
    {"more/lfm2"},
    {"more/lfm2_moe"},
    {"more/falcon_h1", Back::Multiplied},
    {"more/qwen3_5"},
    {"more/gemma4"},
    {"more/granitemoehybrid"},
};

// A folder with model.gguf and a tokenizer: ours, or one of shared data.
fs::path reference_path(std::string_view family) {
  for (const fs::path& root : {test::fixture("families"), test::shared("reference/families")}) {
    const fs::path folder = root / family;
    if (fs::exists(folder / "model.gguf") && fs::exists(folder / "tokenizer.json")) return folder;
  }
  return {};
}

library::ModelSource source_of(const fs::path& path) {
  return library::resolve_model(path.string());
}

std::vector<float> values_of(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.shape.element_count()));
  quant_format(tensor.type).decode(tensor.data, values.data(), tensor.shape.element_count());
  return values;
}

std::set<std::string> names_of(const TensorFile& file) {
  std::set<std::string> names;
  for (const TensorEntry& entry : file.tensors()) names.insert(entry.name);
  return names;
}

void expect_same_tensors(const TensorFile& made, const TensorFile& expected) {
  ASSERT_EQ(names_of(made), names_of(expected));
  for (const TensorEntry& wanted : expected.tensors()) {
    const Tensor& found = made.find(wanted.name)->tensor;
    ASSERT_EQ(found.shape, wanted.tensor.shape) << wanted.name;
    ASSERT_EQ(values_of(found), values_of(wanted.tensor)) << wanted.name;
  }
}

std::vector<float> logits_of(const library::ModelSource& source) {
  constexpr std::int64_t kCount = 40;
  const auto model = std::make_shared<const model::Model>(library::open_tensors(source));
  std::vector<std::int32_t> ids, every_row(kCount);
  for (std::int32_t i = 0; i < kCount; ++i) ids.push_back((i * 37 + 5) % 500);
  std::iota(every_row.begin(), every_row.end(), 0);
  engine::Executor executor(model, {.threads = 1,
                                    .context_tokens = kCount,
                                    .batch_tokens = kCount,
                                    .output_rows = kCount,
                                    .key_type = DType::F32,
                                    .value_type = DType::F32});
  engine::SingleSequence sequence(executor, kCount);
  const Tensor logits = sequence.run(ids, 0, every_row, nullptr);
  return {logits.floats(), logits.floats() + logits.shape.element_count()};
}

std::vector<float> logits_of(const fs::path& path) { return logits_of(source_of(path)); }

void expect_near(const std::vector<float>& found, const std::vector<float>& wanted) {
  constexpr float kTolerance = 2e-5f;  // of the largest logit: rounding of the products
  ASSERT_EQ(found.size(), wanted.size());
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    difference = std::max(difference, std::abs(found[i] - wanted[i]));
  }
  EXPECT_LE(difference, kTolerance * largest);
}

class Convert : public testing::TestWithParam<Reference> {
 protected:
  void SetUp() override {
    folder_ = reference_path(GetParam().name);
    if (folder_.empty()) {
      GTEST_SKIP() << "needs reference/families/" << GetParam().name
                   << " in shared data (BANTAM_SHARED)";
    }
  }

  fs::path to_gguf(WeightType type) {
    const fs::path path = made_.path() / "made.gguf";
    warnings_ = library::convert(source_of(folder_), path, {.type = type}).warnings;
    return path;
  }
  fs::path to_folder(const fs::path& gguf, WeightType type) const {
    const fs::path path = made_.path() / "made";
    library::convert(source_of(gguf), path, {.type = type});
    return path;
  }

  // Of the keys that are written though the reference lacks them, one each.
  void expect_warnings() const {
    std::size_t known = 0;
    for (const Exception& one : kExceptions) {
      if (one.family != GetParam().name || one.key.starts_with("tokenizer.")) continue;
      ++known;
      const auto names = [&](const std::string& warning) {
        return warning.find(one.key) != std::string::npos;
      };
      EXPECT_TRUE(std::ranges::any_of(warnings_, names)) << "no warning of " << one.key;
    }
    EXPECT_EQ(warnings_.size(), known) << testing::PrintToString(warnings_);
  }

  fs::path folder_;
  std::vector<std::string> warnings_;
  test::TemporaryFolder made_;
};

void expect_same_metadata(const TensorFile& made, const TensorFile& expected,
                          std::string_view family) {
  std::set<std::string> keys;
  for (const TensorFile* file : {&made, &expected}) {
    for (const auto& [key, entry] : file->metadata().entries()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    if (is_exception(family, key)) continue;
    const auto found = made.metadata().entries().find(key);
    const auto wanted = expected.metadata().entries().find(key);
    ASSERT_NE(found, made.metadata().entries().end()) << key << " is missing";
    ASSERT_NE(wanted, expected.metadata().entries().end()) << key << " is too much";
    EXPECT_EQ(found->second.gguf_type, wanted->second.gguf_type) << key;
    EXPECT_EQ(found->second.value, wanted->second.value) << key;
  }
}

TEST_P(Convert, WritesTheReferenceGguf) {
  const TensorFile made = formats::open_gguf(to_gguf(WeightType::F32));
  const TensorFile expected = formats::open_gguf(folder_ / "model.gguf");
  for (const TensorEntry& wanted : expected.tensors()) {
    const TensorEntry* found = made.find(wanted.name);
    ASSERT_NE(found, nullptr) << wanted.name;
    ASSERT_EQ(found->tensor.shape, wanted.tensor.shape) << wanted.name;
    ASSERT_EQ(found->tensor.type, wanted.tensor.type) << wanted.name;
    EXPECT_EQ(std::memcmp(found->tensor.data, wanted.tensor.data,
                          static_cast<std::size_t>(wanted.tensor.byte_count())),
              0)
        << wanted.name;
  }
  EXPECT_EQ(names_of(made), names_of(expected));
  expect_same_metadata(made, expected, GetParam().name);
  expect_warnings();
}

// Published folders state rope and types by older keys.
TEST_P(Convert, WritesTheSameFromPublishedKeys) {
  if (!fs::exists(folder_ / "config.v4.json")) GTEST_SKIP() << "published as it is here";
  const test::TemporaryFolder older;
  const fs::path folder = older.path() / folder_.filename();
  fs::create_directory(folder);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const fs::path name = entry.path().filename();
    if (name.string().starts_with("tokenizer") || name == "model.safetensors") {
      fs::create_symlink(entry.path(), folder / name);
    }
  }
  fs::copy_file(folder_ / "config.v4.json", folder / "config.json");
  const TensorFile wanted = formats::open_gguf(to_gguf(WeightType::F32));
  const fs::path path = older.path() / "older.gguf";
  library::convert(source_of(folder), path, {.type = WeightType::F32});
  const TensorFile found = formats::open_gguf(path);
  expect_same_tensors(found, wanted);
  expect_same_metadata(found, wanted, GetParam().name);
}

TEST_P(Convert, GivesThePublishedFolderBack) {
  const bool is_exact = GetParam().back != Back::Multiplied;
  const WeightType type = is_exact ? WeightType::AsStored : WeightType::F32;
  const fs::path gguf = to_gguf(type), made = to_folder(gguf, type);
  if (GetParam().back == Back::Exactly) {
    expect_same_tensors(formats::open_hugging_face(made), formats::open_hugging_face(folder_));
  }
  if (is_exact) {
    EXPECT_EQ(logits_of(made), logits_of(folder_));
  } else {
    expect_near(logits_of(made), logits_of(folder_));
  }
  constexpr std::string_view kText =
      "Hello World, it is 12345 o'clock; she'll\n\n go  na\xC3\xAFve \xE4\xBD\xA0\xE5\xA5\xBD!\n";
  const auto tokenizer = library::load_tokenizer(source_of(made));
  const auto original = library::load_tokenizer(source_of(folder_));
  EXPECT_EQ(tokenizer->encode(kText), original->encode(kText));
  EXPECT_EQ(tokenizer->eos(), library::load_tokenizer(source_of(gguf))->eos());
}

std::string case_name(const testing::TestParamInfo<Reference>& reference) {
  std::string name(reference.param.name);
  std::erase(name, '-');
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Convert, testing::ValuesIn(kReferences), case_name);

fs::path fixture(std::string_view name) { return test::fixture("families") / name; }

TEST(ConvertTypes, KeepVectorsInSinglePrecisionAndRoundMatrices) {
  const test::TemporaryFolder made;
  const fs::path path = made.path() / "made.gguf";
  library::convert(source_of(fixture("llama3")), path, {.type = WeightType::F16});
  const TensorFile file = formats::open_gguf(path);
  EXPECT_EQ(file.find("blk.0.attn_q.weight")->tensor.type, DType::F16);
  EXPECT_EQ(file.find("blk.0.attn_norm.weight")->tensor.type, DType::F32);
  EXPECT_EQ(file.metadata().integer("general.file_type", 0, 100), 1);
}

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

TEST(ConvertTarget, IsReplacedOnlyWhereAsked) {
  const test::TemporaryFolder made;
  const fs::path path = made.write("made.gguf", "mine");
  const auto source = source_of(fixture("llama2"));
  try {
    library::convert(source, path, {});
    FAIL() << "replaced a file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadInput);
    EXPECT_NE(std::string(error.what()).find("--force"), std::string::npos) << error.what();
  }
  EXPECT_EQ(fs::file_size(path), 4U);
  library::convert(source, path, {.replaces = true});
  EXPECT_GT(fs::file_size(path), 100'000U);
}

TEST(ConvertTarget, LeavesNothingBehindWhenTheTokenizerIsMissing) {
  const test::TemporaryFolder folder, made;
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::copy_file(fixture("llama2") / name, folder.path() / name);
  }
  try {
    library::convert(source_of(folder.path()), made.path() / "made.gguf", {});
    FAIL() << "converted a folder without a tokenizer";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_NE(std::string(error.what()).find("tokenizer.json"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(fs::is_empty(made.path()));
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
  if (tried == 0) GTEST_SKIP() << "needs reference/families in shared data (BANTAM_SHARED)";
}

void replace_in(const fs::path& path, std::string_view from, std::string_view to) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  in.close();
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << path << " has no " << from;
  text.replace(at, from.size(), to);
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

// A folder of another model's files, but for config.json.
fs::path copied(const fs::path& folder, const test::TemporaryFolder& into) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (name == "config.json") fs::copy_file(entry.path(), into.path() / name);
    const bool is_needed = name.string().starts_with("tokenizer") || name == "model.safetensors";
    if (is_needed) fs::create_symlink(entry.path(), into.path() / name);
  }
  return into.path();
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
  if (folder.empty()) GTEST_SKIP() << "needs reference/families/" << one.family;
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

// Granite 4 without experts, whose folders name the one network of each layer as the others name
// that beside the experts; and without state spaces too, which is Granite 3 to GGUF.
void write_without_experts(const fs::path& folder, const fs::path& into, bool has_states) {
  const TensorFile file = formats::open_hugging_face(folder);
  std::vector<formats::NamedTensor> kept;
  for (const TensorEntry& entry : file.tensors()) {
    if (entry.name.find("block_sparse_moe") != std::string::npos) continue;
    const bool is_state = entry.name.find(".mamba.") != std::string::npos;
    if (is_state && !has_states) continue;
    kept.push_back({entry.name, entry.tensor});
    const std::size_t layer = entry.name.find(".1.self_attn.");
    if (has_states || layer == std::string::npos) continue;
    for (const char number : {'0', '2'}) {
      kept.push_back({entry.name, entry.tensor});
      kept.back().name[layer + 1] = number;
    }
  }
  formats::write_safetensors(into / "model.safetensors", std::move(kept), {{"format", "pt"}});
}

TEST(ConvertGranite, KnowsTheModelsWithoutExperts) {
  BANTAM_NEEDS_SHARED("reference/families/more/granitemoehybrid");
  const fs::path folder = test::shared("reference/families/more/granitemoehybrid");
  for (const bool has_states : {true, false}) {
    const test::TemporaryFolder changed, made;
    copied(folder, changed);
    fs::remove(changed.path() / "model.safetensors");
    write_without_experts(folder, changed.path(), has_states);
    const fs::path config = changed.path() / "config.json";
    replace_in(config, "\"num_local_experts\": 4", "\"num_local_experts\": 0");
    if (!has_states) {
      for (int i = 0; i < 2; ++i) replace_in(config, "\"linear_attention\"", "\"attention\"");
      replace_in(config, "\"nope\"", "\"rope\"");
    }
    const fs::path gguf = made.path() / "made.gguf", back = made.path() / "back";
    const auto report = library::convert(source_of(changed.path()), gguf, {});
    EXPECT_EQ(report.warnings, std::vector<std::string>{});
    EXPECT_EQ(report.notes, std::vector<std::string>{});
    EXPECT_EQ(formats::open_gguf(gguf).metadata().text("general.architecture"),
              has_states ? "granitehybrid" : "granite");
    EXPECT_EQ(formats::open_gguf(gguf).metadata().integer(
                  has_states ? "granitehybrid.feed_forward_length" : "granite.feed_forward_length",
                  0, 1000),
              32);
    expect_near(logits_of(gguf), logits_of(changed.path()));
    library::convert(source_of(gguf), back, {});
    expect_near(logits_of(back), logits_of(changed.path()));
  }
}

// The tensors of a file, one half in each of two.
std::vector<std::vector<const TensorEntry*>> halves_of(const TensorFile& file) {
  std::vector<std::vector<const TensorEntry*>> halves(2);
  for (const TensorEntry& entry : file.tensors()) {
    halves[halves[0].size() * 2 < file.tensors().size() ? 0 : 1].push_back(&entry);
  }
  return halves;
}

TEST(ConvertParts, OfAShardedFolderBecomeOneFile) {
  const test::TemporaryFolder folder, made;
  const TensorFile whole = formats::open_hugging_face(fixture("llama3"));
  copied(fixture("llama3"), folder);
  fs::remove(folder.path() / "model.safetensors");
  std::string map;
  int number = 0;
  for (const auto& half : halves_of(whole)) {
    const std::string name = format("model-0000{}-of-00002.safetensors", ++number);
    std::vector<formats::NamedTensor> tensors;
    for (const TensorEntry* entry : half) {
      tensors.push_back({entry->name, entry->tensor});
      map += format("{}\"{}\": \"{}\"", map.empty() ? "" : ", ", entry->name, name);
    }
    formats::write_safetensors(folder.path() / name, std::move(tensors), {{"format", "pt"}});
  }
  folder.write("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
  library::convert(source_of(folder.path()), made.path() / "parts.gguf", {.type = WeightType::F32});
  const TensorFile found = formats::open_gguf(made.path() / "parts.gguf");
  const TensorFile wanted = formats::open_gguf(reference_path("llama3") / "model.gguf");
  expect_same_tensors(found, wanted);
}

TEST(ConvertParts, OfASplitGgufFileBecomeOneFolder) {
  const test::TemporaryFolder made;
  const TensorFile whole = formats::open_gguf(reference_path("llama3") / "model.gguf");
  std::uint64_t number = 0;
  for (const auto& half : halves_of(whole)) {
    formats::GgufWriter writer(made.path() / format("m-0000{}-of-00002.gguf", number + 1));
    if (number == 0) writer.set_all(whole.metadata());
    writer.set("split.no", number++, formats::GgufType::U16);
    writer.set("split.count", std::uint64_t{2}, formats::GgufType::U16);
    writer.set("split.tensors.count", static_cast<std::int64_t>(whole.tensors().size()),
               formats::GgufType::I32);
    for (const TensorEntry* entry : half) {
      writer.declare(entry->name, entry->tensor.type, entry->tensor.shape);
    }
    for (const TensorEntry* entry : half) {
      writer.append({entry->tensor.data, static_cast<std::size_t>(entry->tensor.byte_count())});
    }
    writer.commit();
  }
  library::convert(source_of(made.path() / "m-00001-of-00002.gguf"), made.path() / "made", {});
  expect_same_tensors(formats::open_hugging_face(made.path() / "made"),
                      formats::open_hugging_face(fixture("llama3")));
}

// GPTQ with act-order: rows by head and columns by group are both brought into order.
TEST(ConvertQuantized, WritesTheNumbersThatTheCodesStandFor) {
  const test::TemporaryFolder folder, made;
  const fs::path quantized = test::fixture("quantized/whole/gptq-4bit-g32-asym-descact-v1");
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::create_symlink(quantized / name, folder.path() / name);
  }
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    fs::create_symlink(fixture("llama3") / name, folder.path() / name);
  }
  const fs::path path = made.path() / "made.gguf";
  const auto report = library::convert(source_of(folder.path()), path, {});
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_TRUE(report.notes[0].find("gptq") != std::string::npos) << report.notes[0];
  EXPECT_EQ(formats::open_gguf(path).find("blk.0.attn_q.weight")->tensor.type, DType::F32);
  expect_near(logits_of(path), logits_of(folder.path()));
}

}  // namespace
}  // namespace bantam
