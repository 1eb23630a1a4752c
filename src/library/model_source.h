// Where a model comes from.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tensor_file.h"

namespace bantam::library {

enum class SourceKind { BuiltIn, GgufFile, HuggingFaceFolder };

struct ModelSource {
  SourceKind kind = SourceKind::BuiltIn;
  std::filesystem::path path;  // empty for the built-in model
  std::string name;            // for people: file or folder name
  // "KEY=VALUE" in the place of what its files say, or lack; see override.h.
  std::vector<std::string> overrides = {};
};

// Finds what a command's MODEL argument means: nothing or "built-in" is the built-in model, else a
// GGUF file or a Hugging Face folder (config.json in it; a .safetensors file stands for its
// folder). Throws NotFound or BadInput saying what is there and what would do.
ModelSource resolve_model(std::string_view argument);

// Sets what the user states in the place of the file. Throws BadInput; see override.h.
void apply_overrides(const ModelSource& source, formats::TensorFile& file);

// Opens its metadata and tensors and applies the overrides; see formats for the errors.
formats::TensorFile open_tensors(const ModelSource& source);

}  // namespace bantam::library
