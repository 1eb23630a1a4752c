#include "formats/hf/shard_index.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/limits.h"
#include "base/mapped_file.h"
#include "formats/json_reader.h"
#include "formats/names.h"

namespace bantam::formats {
namespace {

constexpr std::size_t kFileNameBytesMax = 255;  // of every common file system

// A plain file name: nothing in it can lead out of the folder.
bool is_shard_name(std::string_view name) {
  return is_name(name) && name.size() <= kFileNameBytesMax && name.front() != '.' &&
         name.find_first_of("/\\:") == name.npos && name.ends_with(".safetensors");
}

void read_weight_map(JsonReader& json, ShardIndex& index) {
  std::set<std::string, std::less<>> shards;
  json.expect(JsonToken::BeginObject, "weight_map");
  while (json.next() == JsonToken::Key) {
    std::string tensor(json.text());
    json.expect(JsonToken::Text, tensor);
    const std::string_view shard = json.text();
    if (!is_shard_name(shard)) {
      json.fail(tensor, bantam::quoted(shard),
                "the name of a .safetensors file beside the index, without a path");
    }
    shards.emplace(shard);
    if (shards.size() > limits::kShardsMax) {
      json.fail("weight_map", "one file more", format("at most {}", limits::kShardsMax));
    }
    index.shard_of.emplace(std::move(tensor), shard);
  }
  index.shards.assign(shards.begin(), shards.end());
}

}  // namespace

ShardIndex read_shard_index(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (file.bytes().size() > limits::kShardIndexBytesMax) {
    throw_bad_file({file.name(), 0, "file size", format("{} bytes", file.bytes().size()),
                    format("at most {}", limits::kShardIndexBytesMax)});
  }
  ShardIndex index{file.name(), {}, {}};
  JsonReader json(file.name(), file.text(), 0,
                  {.depth_max = limits::kJsonDepthMax,
                   .keys_max = limits::kShardIndexTensorsMax,
                   .allow_python_numbers = true});
  json.expect(JsonToken::BeginObject, "index");
  while (json.next() == JsonToken::Key) {
    if (json.text() == "weight_map") {
      read_weight_map(json, index);
      continue;
    }
    const JsonToken token = json.next();
    if (token == JsonToken::BeginObject || token == JsonToken::BeginArray) json.skip_container();
  }
  json.expect(JsonToken::End, "index");
  if (index.shard_of.empty()) {
    throw_bad_file({file.name(), 0, "weight_map", "no tensor", "at least one"});
  }
  return index;
}

}  // namespace bantam::formats
