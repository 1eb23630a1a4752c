// Conversion against the files that llama.cpp's converter writes, and back to the published folder.
#include "convert_support.h"

#include <cstring>

#include "base/error.h"
#include "formats/gguf_reader.h"
#include "formats/gguf_writer.h"
#include "formats/hf/model_folder.h"
#include "formats/safetensors_writer.h"
#include "library/convert/convert.h"
#include "library/tokenizer_loading.h"

namespace bantam {
namespace {

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

class Convert : public testing::TestWithParam<Reference> {
 protected:
  void SetUp() override {
    folder_ = reference_path(GetParam().name);
    if (folder_.empty()) {
      BANTAM_SKIP_WITHOUT((fs::path("reference/families") / GetParam().name).string());
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
  if (!fs::exists(folder_ / "config.v4.json"))
    GTEST_SKIP() << "its config.json is the published one: there is no config.v4.json";
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

TEST(ConvertTypes, KeepVectorsInSinglePrecisionAndRoundMatrices) {
  const test::TemporaryFolder made;
  const fs::path path = made.path() / "made.gguf";
  library::convert(source_of(fixture("llama3")), path, {.type = WeightType::F16});
  const TensorFile file = formats::open_gguf(path);
  EXPECT_EQ(file.find("blk.0.attn_q.weight")->tensor.type, DType::F16);
  EXPECT_EQ(file.find("blk.0.attn_norm.weight")->tensor.type, DType::F32);
  EXPECT_EQ(file.metadata().integer("general.file_type", 0, 100), 1);
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

TEST(ConvertTokens, HaveNumbersOfThirtyTwoBits) {
  const test::TemporaryFolder folder, made;
  const auto source = source_of(copied(fixture("llama3"), folder));
  folder.write("added_tokens.json", R"({"<x>": 4294967301})");
  try {
    library::convert(source, made.path() / "made.gguf", {});
    FAIL() << "took token 5";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    EXPECT_NE(std::string(error.what()).find("found 4294967301"), std::string::npos)
        << error.what();
  }
}

TEST(ConvertTokens, AreTextThatJsonHolds) {
  const test::TemporaryFolder made;
  const TensorFile whole = formats::open_gguf(fixture("llama3") / "model.gguf");
  formats::GgufWriter writer(made.path() / "bad.gguf");
  writer.set_all(whole.metadata());
  writer.set("tokenizer.chat_template", std::string_view("\xFF"), formats::GgufType::Text);
  for (const TensorEntry& entry : whole.tensors()) {
    writer.declare(entry.name, entry.tensor.type, entry.tensor.shape);
  }
  for (const TensorEntry& entry : whole.tensors()) {
    writer.append({entry.tensor.data, static_cast<std::size_t>(entry.tensor.byte_count())});
  }
  writer.commit();
  try {
    library::convert(source_of(made.path() / "bad.gguf"), made.path() / "made", {});
    FAIL() << "wrote bytes that are no text";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    EXPECT_NE(std::string(error.what()).find("tokenizer.chat_template"), std::string::npos)
        << error.what();
  }
}

std::string refusal_of(const library::ModelSource& source, const fs::path& target) {
  try {
    library::convert(source, target, {.replaces = true});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadInput) << error.what();
    return error.what();
  }
  return {};
}

TEST(ConvertTarget, HasTheKindThatIsWritten) {
  const test::TemporaryFolder made;
  const std::string folder = refusal_of(source_of(fixture("llama2")), made.path());
  EXPECT_NE(folder.find("found a folder"), std::string::npos) << folder;
  const fs::path file = made.write("mine", "mine");
  const std::string other = refusal_of(source_of(fixture("llama3") / "model.gguf"), file);
  EXPECT_NE(other.find("found a file"), std::string::npos) << other;
}

TEST(ConvertTarget, IsNoneOfTheFilesThatAreRead) {
  const test::TemporaryFolder folder;
  const auto source = source_of(copied(fixture("llama2"), folder));
  const std::string error = refusal_of(source, folder.path() / "model.safetensors");
  EXPECT_NE(error.find("of the folder that is converted"), std::string::npos) << error;
  EXPECT_EQ(refusal_of(source, folder.path() / "made.gguf"), "");
}

TEST(ConvertTarget, KeepsNoFilesThatOutrankTheNewOnes) {
  const test::TemporaryFolder made;
  for (const char* name : {"tokenizer.model", "chat_template.jinja", "generation_config.json",
                           "model.safetensors.index.json", "notes.txt"}) {
    made.write(name, "another model's");
  }
  library::convert(source_of(fixture("llama3") / "model.gguf"), made.path(), {.replaces = true});
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(made.path())) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names, (std::set<std::string>{"config.json", "model.safetensors", "notes.txt",
                                          "tokenizer.json", "tokenizer_config.json"}));
}

// What is around it may be another file system, or not writable.
TEST(ConvertTarget, IsFilledFromInsideWhereItIsThere) {
  const test::TemporaryFolder outer;
  const fs::path target = outer.path() / "target";
  fs::create_directory(target);
  std::set<fs::path> around;
  library::convert(source_of(fixture("llama3") / "model.gguf"), target,
                   {.progress = [&](std::uint64_t, std::uint64_t) {
                     for (const auto& entry : fs::directory_iterator(outer.path())) {
                       around.insert(entry.path());
                     }
                   }});
  EXPECT_EQ(around, std::set<fs::path>{target});
  EXPECT_EQ(std::distance(fs::directory_iterator(target), {}), 4);
}

TEST(ConvertWeights, AreAllThereBeforeAnythingIsWritten) {
  const test::TemporaryFolder folder, made;
  const auto source = source_of(copied(fixture("gpt2"), folder));
  const fs::path weights = folder.path() / "model.safetensors";
  const TensorFile whole = formats::open_hugging_face(fixture("gpt2"));
  std::vector<formats::NamedTensor> kept;
  for (const TensorEntry& entry : whole.tensors()) {
    if (entry.name.find("h.0.attn.c_proj.weight") == entry.name.npos) {
      kept.push_back({entry.name, entry.tensor});
    }
  }
  ASSERT_EQ(kept.size() + 1, whole.tensors().size());
  fs::remove(weights);
  formats::write_safetensors(weights, std::move(kept), {{"format", "pt"}});
  try {
    library::convert(source, made.path() / "made.gguf", {});
    FAIL() << "converted a folder without a weight";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::BadFile);
    EXPECT_NE(std::string(error.what()).find("c_proj.weight"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(fs::is_empty(made.path()));
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

}  // namespace
}  // namespace bantam
