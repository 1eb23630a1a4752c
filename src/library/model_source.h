// Where a model comes from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tensor_file.h"
#include "store/store.h"

namespace bantam::library {

enum class SourceKind { BuiltIn, GgufFile, HuggingFaceFolder };

struct ModelSource {
  SourceKind kind = SourceKind::BuiltIn;
  std::filesystem::path path;  // empty for the built-in model
  std::string name;            // for people: file or folder name
  // "KEY=VALUE" in the place of what its files say, or lack; see override.h.
  std::vector<std::string> overrides = {};
  // Of an installed model, whose GGUF file `path` is then; else null.
  std::shared_ptr<const store::ModelParts> installed = {};
};

// Finds what a command's MODEL argument means: nothing or "built-in" is the built-in model, else a
// GGUF file, a Hugging Face folder (config.json in it; a .safetensors file stands for its folder),
// or the name of a model in the store at Store::default_root(). Throws NotFound or BadInput saying
// what is there and what would do.
ModelSource resolve_model(std::string_view argument);

// An installed model. Throws what Store::read does, and Unsupported for one with an adapter or
// without a GGUF file.
ModelSource resolve_installed(const store::Store& store, const store::ModelName& name);

// Sets what the user states in the place of the file. Throws BadInput; see override.h.
void apply_overrides(const ModelSource& source, formats::TensorFile& file);

// Opens its metadata and tensors and applies the overrides; see formats for the errors.
formats::TensorFile open_tensors(const ModelSource& source);

}  // namespace bantam::library
