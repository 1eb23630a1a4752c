#include "formats/hf/model_folder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "formats/hf/config.h"
#include "formats/hf/quantized/quantized.h"
#include "formats/hf/shard_index.h"
#include "formats/safetensors_reader.h"

namespace bantam::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWeights = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";

[[noreturn]] void refuse_pickle(const std::string& file) {
  throw Error(ErrorCode::Unsupported,
              format("{}: found a PyTorch pickle, which can run code when it is read, expected "
                     "safetensors; get the model's .safetensors files, or convert it with "
                     "Transformers: save_pretrained(folder, safe_serialization=True)",
                     file));
}

bool has_pickle_name(const fs::path& path) {
  constexpr std::array<std::string_view, 6> kEndings = {".bin", ".pt",   ".pth",
                                                        ".pkl", ".ckpt", ".pickle"};
  return std::ranges::find(kEndings, path.extension().string()) != kEndings.end();
}

// A zip archive or a pickle of protocol 2 to 5, whatever the file is called.
bool has_pickle_content(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return false;
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), 4);
  return start == "PK\x03\x04" || (start[0] == '\x80' && start[1] >= 2 && start[1] <= 5 &&
                                   (start[2] == '}' || start[2] == 'c' || start[2] == '\x8a'));
}

SafetensorsContent parse_file(const MappedFile& file) {
  if (has_pickle_content(file.bytes())) refuse_pickle(file.name());
  return parse_safetensors(file.name(), file.bytes());
}

// The first file of the folder, by name, that looks like weights as a pickle.
std::optional<fs::path> find_pickle(const fs::path& folder) {
  std::optional<fs::path> first;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (has_pickle_name(entry.path()) && (!first || entry.path() < *first)) first = entry.path();
  }
  return first;
}

void check_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return;
  if (!file_exists(folder)) {
    throw Error(ErrorCode::NotFound, format("{}: no such folder", folder.string()));
  }
  if (has_pickle_name(folder)) refuse_pickle(folder.string());
  throw Error(
      ErrorCode::BadInput,
      format("{}: found a file, expected the folder of a Hugging Face model", folder.string()));
}

void read_configs(const fs::path& folder, Metadata& metadata) {
  if (!file_exists(folder / "config.json")) {
    throw Error(ErrorCode::NotFound,
                format("{}: no config.json; a Hugging Face model needs it beside its weights",
                       folder.string()));
  }
  read_config(folder / "config.json", "", metadata);
  const fs::path generation = folder / "generation_config.json";
  if (file_exists(generation)) read_config(generation, "generation_config.", metadata);
}

struct Weights {
  std::vector<TensorEntry> tensors;
  std::vector<MappedFile> files;
};

Weights read_single(const fs::path& path) {
  Weights weights;
  weights.files.emplace_back(path);
  weights.tensors = parse_file(weights.files[0]).tensors;
  return weights;
}

MappedFile open_shard(const fs::path& folder, const std::string& shard, const ShardIndex& index) {
  try {
    return MappedFile(folder / shard);
  } catch (const Error& error) {
    throw Error(error.code(), format("{} (one of the {} files that {} lists)", error.what(),
                                     index.shards.size(), index.file));
  }
}

// Takes every tensor of one shard off `missing`, which starts as the whole weight_map.
void check_shard(const std::vector<TensorEntry>& tensors, const std::string& shard,
                 const ShardIndex& index, std::map<std::string, std::string>& missing) {
  for (const TensorEntry& tensor : tensors) {
    const auto listed = missing.find(tensor.name);
    if (listed == missing.end() || listed->second != shard) {
      const auto elsewhere = index.shard_of.find(tensor.name);
      throw_bad_file({tensor.file, tensor.offset, tensor.name, "the tensor in this file",
                      elsewhere == index.shard_of.end()
                          ? format("only tensors that {} lists", index.file)
                          : format("it in {}, as {} says", elsewhere->second, index.file)});
    }
    missing.erase(listed);
  }
}

Weights read_sharded(const fs::path& folder) {
  const ShardIndex index = read_shard_index(folder / kIndex);
  std::map<std::string, std::string> missing = index.shard_of;
  Weights weights;
  for (const std::string& shard : index.shards) {
    weights.files.push_back(open_shard(folder, shard, index));
    SafetensorsContent content = parse_file(weights.files.back());
    check_shard(content.tensors, shard, index, missing);
    std::ranges::move(content.tensors, std::back_inserter(weights.tensors));
  }
  if (!missing.empty()) {
    const auto& [tensor, shard] = *missing.begin();
    throw Error(
        ErrorCode::BadFile,
        format("{}: weight_map: found {} in {}, expected the file to hold it; {} tensors are "
               "missing in all; download the model again",
               index.file, tensor, shard, missing.size()));
  }
  return weights;
}

Weights read_weights(const fs::path& folder) {
  if (file_exists(folder / kWeights)) return read_single(folder / kWeights);
  if (file_exists(folder / kIndex)) return read_sharded(folder);
  if (const auto pickle = find_pickle(folder)) refuse_pickle(pickle->string());
  throw Error(ErrorCode::NotFound,
              format("{}: no weights: expected {} or {}", folder.string(), kWeights, kIndex));
}

}  // namespace

TensorFile open_hugging_face(const fs::path& folder) {
  check_folder(folder);
  Metadata metadata((folder / "config.json").string());
  read_configs(folder, metadata);
  Weights weights = read_weights(folder);
  ConvertedTensors converted = convert_quantized(metadata, std::move(weights.tensors));
  return TensorFile(SourceFormat::HuggingFace, std::move(metadata), std::move(converted.tensors),
                    std::move(weights.files), folder.string(), std::move(converted.buffers));
}

}  // namespace bantam::formats
