// Folders and GGUF files made of their metadata alone, and the networks that are read from them.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "formats/hf/config.h"
#include "model/families/families.h"
#include "support/temporary_folder.h"

namespace bantam::test {

using TensorShapes = std::vector<std::pair<std::string, Shape>>;

// A folder of this config.json and of tensors without data.
inline formats::TensorFile folder_of(const std::string& json, const TensorShapes& tensors = {}) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "config.json") << json;
  formats::Metadata metadata("config.json");
  formats::read_config(folder.path() / "config.json", "", metadata);
  std::vector<formats::TensorEntry> entries;
  for (const auto& [name, shape] : tensors) {
    entries.push_back({name, {DType::BF16, shape, nullptr}, "model.safetensors"});
  }
  return {formats::SourceFormat::HuggingFace, std::move(metadata), std::move(entries), {}};
}

inline model::ModelSpec spec_of(const formats::TensorFile& file) {
  return model::read_spec(model::family_of(file), file);
}
inline model::ModelSpec spec_of(const std::string& json) { return spec_of(folder_of(json)); }

inline const model::AttentionSpec& attention_of(const model::ModelSpec& spec, std::size_t layer) {
  return std::get<model::AttentionSpec>(spec.layers[layer].mixer);
}

}  // namespace bantam::test
