// model.safetensors.index.json: which file of a sharded model holds which tensor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bantam::formats {

struct ShardIndex {
  std::string file;                             // the index itself, for messages
  std::vector<std::string> shards;              // file names inside the folder, sorted
  std::map<std::string, std::string> shard_of;  // tensor name to shard
};

// Throws NotFound or Io where the index cannot be opened; BadFile where it is not an object with a
// weight_map of texts, names a file outside its folder or is past a limit of base/limits.h.
ShardIndex read_shard_index(const std::filesystem::path& path);

}  // namespace bantam::formats
