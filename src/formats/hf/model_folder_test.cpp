#include "formats/hf/model_folder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "formats/hf/config.h"
#include "formats/safetensors_writer.h"
#include "support/paths.h"
#include "support/temporary_folder.h"

namespace bantam::formats {
namespace {

namespace fs = std::filesystem;

Metadata config_of(std::string_view json) {
  const test::TemporaryFolder folder;
  Metadata metadata("m");
  read_config(folder.write("config.json", json), "", metadata);
  return metadata;
}

std::string error_of(const fs::path& folder, ErrorCode code) {
  try {
    open_hugging_face(folder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

void write_weights(const fs::path& path, const std::vector<std::string>& names) {
  std::vector<std::byte> data(4);
  std::vector<NamedTensor> tensors;
  for (const auto& name : names) tensors.push_back({name, Tensor{DType::F32, {1}, data.data()}});
  write_safetensors(path, tensors, {});
}

TEST(Config, FlattensNestedObjectsToDottedKeys) {
  const Metadata m = config_of(
      R"({"hidden_size": 64, "rope": {"theta": 5e5, "deep": {"on": true}}, "name": "a\u00e9"})");
  EXPECT_EQ(m.integer("hidden_size", 0, 99), 64);
  EXPECT_EQ(m.real("rope.theta"), 5e5);
  EXPECT_EQ(m.boolean("rope.deep.on"), true);
  EXPECT_EQ(m.text("name"), "aé");
}

TEST(Config, TakesNullAsAbsent) {
  EXPECT_FALSE(config_of(R"({"rope_scaling": null})").contains("rope_scaling"));
}

TEST(Config, KeepsArraysOfOneKind) {
  const Metadata m = config_of(
      R"({"a":[1,2],"b":[1,2.5],"c":["x"],"d":[true],"e":[],"f":[0,18446744073709551615,-1]})");
  EXPECT_EQ(m.integers("a"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(m.reals("b"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(m.texts("c")->at(0), "x");
  EXPECT_TRUE(m.contains("d"));
  EXPECT_EQ(m.integers("e")->size(), 0u);
  EXPECT_EQ(m.reals("f")->size(), 3u);
}

TEST(Config, IgnoresOtherArraysWithAReason) {
  const Metadata m = config_of(R"({"a":[[1],{"b":2}],"b":[1,"x"],"c":[1,null],"d":7})");
  EXPECT_EQ(m.entries().size(), 1u);
  EXPECT_EQ(m.ignored().at("a"), "an array of objects or arrays");
  EXPECT_EQ(m.ignored().at("b"), "an array of several kinds");
  EXPECT_EQ(m.ignored().at("c"), "an array with null in it");
}

TEST(Config, TakesPythonsInfinity) {
  EXPECT_EQ(config_of(R"({"time_step_limit": [0, Infinity]})").reals("time_step_limit")->size(),
            2u);
}

TEST(Config, RefusesTwoValuesForOneDottedKey) {
  EXPECT_THROW(config_of(R"({"a.b":1,"a":{"b":2}})"), Error);
  EXPECT_THROW(config_of(R"({"a":1,"a":2})"), Error);
}

TEST(ModelFolder, OpensEveryReferenceModel) {
  BANTAM_NEEDS_SHARED("reference/families");
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(test::shared("reference"))) {
    if (entry.path().filename() != "config.json") continue;
    if (!fs::exists(entry.path().parent_path() / "model.safetensors")) continue;
    SCOPED_TRACE(entry.path());
    const TensorFile file = open_hugging_face(entry.path().parent_path());
    EXPECT_EQ(file.format(), SourceFormat::HuggingFace);
    EXPECT_GT(file.tensors().size(), 0u);
    EXPECT_TRUE(file.metadata().contains("model_type"));
    ++count;
  }
  EXPECT_GE(count, 63u);
}

TEST(ModelFolder, ReadsBothStylesOfConfiguration) {
  const TensorFile file = open_hugging_face(test::fixture("families/llama3"));
  EXPECT_EQ(file.name(), test::fixture("families/llama3").string());
  EXPECT_EQ(file.metadata().real("rope_parameters.rope_theta"), 5e5);
  Metadata published("m");
  read_config(test::fixture("families/llama3/config.v4.json"), "", published);
  EXPECT_EQ(published.real("rope_theta"), 5e5);
  EXPECT_EQ(published.text("rope_scaling.rope_type"), "llama3");
}

TEST(ModelFolder, PutsTheGenerationConfigurationBehindItsPrefix) {
  const test::TemporaryFolder folder;
  folder.write("config.json", R"({"eos_token_id": 1})");
  folder.write("generation_config.json", R"({"eos_token_id": [2, 3], "temperature": 0.6})");
  write_weights(folder.path() / "model.safetensors", {"a"});
  const TensorFile file = open_hugging_face(folder.path());
  EXPECT_EQ(file.metadata().integers("generation_config.eos_token_id")->size(), 2u);
  EXPECT_EQ(file.metadata().integer("eos_token_id", 0, 9), 1);
}

constexpr std::string_view kIndex =
    R"({"metadata":{"total_size":8},"weight_map":{"a":"s-1.safetensors","b":"s-2.safetensors"}})";

TEST(ModelFolder, NamesTheByteOfAValueInItsConfigurationOnly) {
  const test::TemporaryFolder folder;
  folder.write("config.json", R"({"layers": "x"})");
  folder.write("generation_config.json", R"({"top_k": "x"})");
  write_weights(folder.path() / "model.safetensors", {"a"});
  const TensorFile file = open_hugging_face(folder.path());
  const std::string config = (folder.path() / "config.json").string();
  for (const auto& [key, expected] :
       {std::pair{"layers", config + ": byte 11: layers: found \"x\", expected a finite number"},
        std::pair{"generation_config.top_k",
                  config + ": generation_config.top_k: found \"x\", expected a finite number"}}) {
    try {
      file.metadata().real(key);
      FAIL() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), expected);
    }
  }
}

TEST(ModelFolder, JoinsTheFilesThatTheIndexLists) {
  const test::TemporaryFolder folder;
  folder.write("config.json", "{}");
  folder.write("model.safetensors.index.json", kIndex);
  write_weights(folder.path() / "s-1.safetensors", {"a"});
  write_weights(folder.path() / "s-2.safetensors", {"b"});
  const TensorFile file = open_hugging_face(folder.path());
  EXPECT_EQ(file.files().size(), 2u);
  EXPECT_TRUE(file.find("b")->file.ends_with("s-2.safetensors"));
}

TEST(ModelFolder, NeedsIndexAndFilesToAgree) {
  const test::TemporaryFolder folder;
  folder.write("config.json", "{}");
  folder.write("model.safetensors.index.json", kIndex);
  write_weights(folder.path() / "s-1.safetensors", {"a"});
  EXPECT_NE(error_of(folder.path(), ErrorCode::NotFound).find("s-2.safetensors"),
            std::string::npos);
  write_weights(folder.path() / "s-2.safetensors", {"b", "c"});
  EXPECT_NE(error_of(folder.path(), ErrorCode::BadFile).find(": c: "), std::string::npos);
  write_weights(folder.path() / "s-2.safetensors", {"a"});
  EXPECT_NE(error_of(folder.path(), ErrorCode::BadFile).find("it in s-1.safetensors"),
            std::string::npos);
  write_weights(folder.path() / "s-2.safetensors", {});
  EXPECT_NE(error_of(folder.path(), ErrorCode::BadFile).find("found b in s-2.safetensors"),
            std::string::npos);
}

TEST(ModelFolder, RefusesPicklesWithTheRemedy) {
  for (const std::string_view name : {"pytorch_model.bin", "model.pt", "consolidated.00.pth"}) {
    const test::TemporaryFolder folder;
    folder.write("config.json", "{}");
    const fs::path file = folder.write(name, "PK\x03\x04");
    for (const fs::path& path : {folder.path(), file}) {
      const std::string message = error_of(path, ErrorCode::Unsupported);
      EXPECT_NE(message.find(name), std::string::npos) << message;
      EXPECT_NE(message.find("safe_serialization"), std::string::npos) << message;
    }
  }
}

TEST(ModelFolder, RefusesAPickleThatIsCalledSafetensors) {
  const test::TemporaryFolder folder;
  folder.write("config.json", "{}");
  for (const std::string_view content : {"PK\x03\x04 and more", "\x80\x02}q and more"}) {
    folder.write("model.safetensors", content);
    EXPECT_NE(error_of(folder.path(), ErrorCode::Unsupported).find("pickle"), std::string::npos);
  }
}

TEST(ModelFolder, NeverOpensCode) {
  const test::TemporaryFolder folder;
  folder.write("config.json",
               R"({"auto_map": {"AutoModel": "modeling_x.X"}, "model_type": "llama"})");
  // Opening a folder of this name as a file would fail.
  fs::create_directory(folder.path() / "modeling_x.py");
  write_weights(folder.path() / "model.safetensors", {"a"});
  EXPECT_EQ(open_hugging_face(folder.path()).metadata().text("auto_map.AutoModel"), "modeling_x.X");
}

TEST(ModelFolder, NamesWhatIsMissing) {
  const test::TemporaryFolder folder;
  error_of(folder.path() / "absent", ErrorCode::NotFound);
  EXPECT_NE(error_of(folder.path(), ErrorCode::NotFound).find("no config.json"), std::string::npos);
  const fs::path config = folder.write("config.json", "{}");
  EXPECT_NE(error_of(folder.path(), ErrorCode::NotFound).find("no weights"), std::string::npos);
  error_of(config, ErrorCode::BadInput);
}

}  // namespace
}  // namespace bantam::formats
