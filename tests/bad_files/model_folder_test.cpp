// Classes of bad Hugging Face folders: their configuration, index and weights.
#include <gtest/gtest.h>

#include "bad_files/refusal.h"
#include "base/limits.h"
#include "formats/hf/model_folder.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace bantam {
namespace {

struct Class {
  std::string name;
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<std::string> fragments;
  ErrorCode code = ErrorCode::BadFile;
};

std::string index(const std::string& weight_map) { return "{\"weight_map\":" + weight_map + "}"; }

// A sound config.json and this index.
Class with_index(const std::string& name, const std::string& content,
                 std::vector<std::string> fragments, ErrorCode code = ErrorCode::BadFile) {
  return {name,
          {{"config.json", "{}"}, {"model.safetensors.index.json", content}},
          std::move(fragments),
          code};
}

// This config.json alone.
Class with_config(const std::string& name, const std::string& content,
                  std::vector<std::string> fragments) {
  return {name, {{"config.json", content}}, std::move(fragments)};
}

std::string repeated(const std::string& piece, std::size_t count) {
  std::string out;
  out.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += piece;
  return out;
}

std::vector<Class> config_classes() {
  std::string many_keys = "{";
  for (std::uint64_t i = 0; i <= limits::kConfigKeysMax; ++i) {
    many_keys += "\"" + std::to_string(i) + "\":1,";
  }
  many_keys.back() = '}';
  const std::string many_items = "{\"a\":[" + repeated("1,", limits::kConfigArrayItemsMax) + "1]}";
  return {
      with_config("empty config", "", {"config.json: byte 0", "the end of the text"}),
      with_config("config that is an array", "[]", {"configuration: found an array"}),
      with_config("config that is text", "\"x\"", {"configuration: found text"}),
      with_config("config cut", R"({"hidden_size": 6)", {"config.json: byte 17"}),
      with_config("text behind the config", "{} x", {"byte 3"}),
      with_config("comment", "{/* */}", {"byte 1"}),
      with_config("byte order mark", "\xef\xbb\xbf{}", {"byte 0"}),
      with_config("key twice", R"({"a":1,"a":2})", {"a: found the key a second time"}),
      with_config("dotted key twice", R"({"a.b":1,"a":{"b":2}})", {"a.b: found the key a second"}),
      with_config("number past every double", R"({"a":1e999})", {"a: found 1e999"}),
      with_config("text that is not UTF-8", "{\"a\":\"\xff\"}", {"UTF-8"}),
      with_config("lone surrogate", R"({"a":"\ud800"})", {"surrogate"}),
      with_config("deep nesting", repeated("{\"a\":", 100'000), {"nesting", "at most 64"}),
      with_config("deep array", "{\"a\":" + std::string(100'000, '['), {"nesting", "at most 64"}),
      with_config("too many keys", many_keys, {"one key more", "16384"}),
      with_config("array past the limit", many_items, {"a: found one item more", "65536"}),
      {"generation config that is broken",
       {{"config.json", "{}"}, {"generation_config.json", "{"}},
       {"generation_config.json: byte 1"}},
      {"no config", {{"model.safetensors", ""}}, {"no config.json"}, ErrorCode::NotFound},
      {"no weights", {{"config.json", "{}"}}, {"no weights"}, ErrorCode::NotFound},
      {"weights as a pickle",
       {{"config.json", "{}"}, {"pytorch_model.bin", "\x80\x02}q"}},
       {"pytorch_model.bin", "safetensors"},
       ErrorCode::Unsupported},
      {"empty weights",
       {{"config.json", "{}"}, {"model.safetensors", ""}},
       {"model.safetensors: byte 0: header length"}},
  };
}

std::vector<Class> index_classes() {
  std::vector<Class> all = {
      with_index("empty index", "", {"index.json: byte 0"}),
      with_index("index that is an array", "[]", {"index: found an array"}),
      with_index("index without weight_map", R"({"metadata":{}})", {"weight_map: found no tensor"}),
      with_index("empty weight_map", index("{}"), {"weight_map: found no tensor"}),
      with_index("weight_map that is a list", index("[]"), {"weight_map: found an array"}),
      with_index("weight_map of numbers", index(R"({"a":1})"), {"a: found a number"}),
      with_index("tensor twice", index(R"({"a":"x.safetensors","a":"x.safetensors"})"),
                 {"a second key \"a\""}),
      with_index("file that is not there", index(R"({"a":"x.safetensors"})"),
                 {"x.safetensors", "one of the 1 files"}, ErrorCode::NotFound),
      with_index("pickle as a shard", index(R"({"a":"pytorch_model-00001.bin"})"),
                 {"the name of a .safetensors file"}),
  };
  for (const std::string shard : {"../x.safetensors", "/etc/x.safetensors", "a/x.safetensors",
                                  "..\\\\x.safetensors", "C:x.safetensors", ".hidden.safetensors",
                                  "", ".", "..", "x\\u0000.safetensors", "x\\n.safetensors"}) {
    all.push_back(with_index("shard " + shard, index("{\"a\":\"" + shard + "\"}"),
                             {"a: found \"", "without a path"}));
  }
  return all;
}

void expect_all_refused(const std::vector<Class>& classes) {
  for (const Class& bad : classes) {
    const test::TemporaryFolder folder;
    for (const auto& [name, content] : bad.files) folder.write(name, content);
    test::expect_refusal({bad.name, bad.fragments, bad.code},
                         [&] { formats::open_hugging_face(folder.path()); });
  }
}

TEST(BadModelFolder, WithABadConfigurationOrWeightsIsRefused) {
  expect_all_refused(config_classes());
}

TEST(BadModelFolder, WithABadIndexIsRefused) { expect_all_refused(index_classes()); }

TEST(BadModelFolder, WithAConfigurationPastTheLimitIsRefused) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("config.json", "{}");
  std::filesystem::resize_file(path, limits::kConfigBytesMax + 1);
  test::expect_refusal({"config past the limit", {"file size: found 33554433 bytes"}},
                       [&] { formats::open_hugging_face(folder.path()); });
}

TEST(BadModelFolder, WithAFolderOrPipeInPlaceOfAFileIsRefused) {
  const test::TemporaryFolder folder;
  folder.write("config.json", "{}");
  std::filesystem::create_directory(folder.path() / "model.safetensors");
  test::expect_refusal({"folder as weights", {"expected a regular file"}, ErrorCode::BadInput},
                       [&] { formats::open_hugging_face(folder.path()); });
}

}  // namespace
}  // namespace bantam
