#include "library/model_source.h"

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "formats/gguf_reader.h"
#include "formats/hf/model_folder.h"
#include "library/built_in_model.h"
#include "library/override.h"

namespace bantam::library {

namespace fs = std::filesystem;

namespace {

std::string last_part(const fs::path& path) {
  const fs::path clean = path.has_filename() ? path : path.parent_path();
  return clean.filename().string();
}

ModelSource resolve_folder(const fs::path& folder) {
  if (file_exists(folder / "config.json")) {
    return {SourceKind::HuggingFaceFolder, folder,
            last_part(fs::absolute(folder).lexically_normal())};
  }
  throw Error(
      ErrorCode::BadInput,
      format("{}: the folder holds no config.json; give a GGUF file or a Hugging Face folder with "
             "config.json, tokenizer.json and model.safetensors",
             folder.string()));
}

}  // namespace

ModelSource resolve_model(std::string_view argument) {
  if (argument.empty() || argument == kBuiltInName) {
    return {SourceKind::BuiltIn, {}, std::string(kBuiltInName)};
  }
  const fs::path path(argument);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return resolve_folder(path);
  if (!file_exists(path)) {
    throw Error(
        ErrorCode::NotFound,
        format(
            "{}: no such file or folder; give a GGUF file, a Hugging Face folder, or nothing for "
            "the built-in model",
            path.string()));
  }
  if (path.extension() == ".safetensors") {
    return resolve_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  }
  return {SourceKind::GgufFile, path, path.stem().string()};
}

namespace {

formats::TensorFile open_files(const ModelSource& source) {
  switch (source.kind) {
    case SourceKind::BuiltIn:
      return formats::read_gguf(source.name, built_in_model());
    case SourceKind::GgufFile:
      return formats::open_gguf(source.path);
    case SourceKind::HuggingFaceFolder:
      return formats::open_hugging_face(source.path);
  }
  throw Error(ErrorCode::BadInput, "unknown kind of model source");
}

}  // namespace

void apply_overrides(const ModelSource& source, formats::TensorFile& file) {
  for (const std::string& assignment : source.overrides) {
    set_override(assignment, file.mutable_metadata());
  }
}

formats::TensorFile open_tensors(const ModelSource& source) {
  formats::TensorFile file = open_files(source);
  apply_overrides(source, file);
  return file;
}

}  // namespace bantam::library
