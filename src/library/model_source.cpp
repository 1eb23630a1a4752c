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

ModelSource resolve_installed(const store::Store& store, const store::ModelName& name) {
  auto parts = std::make_shared<const store::ModelParts>(store.read(name));
  if (parts->model.empty()) {
    throw Error(
        ErrorCode::Unsupported,
        format("{}: the model has no GGUF file, but {} layers of other kinds; pull it in GGUF",
               name.text(), parts->manifest.layers.size()));
  }
  if (!parts->adapters.empty()) {
    throw Error(ErrorCode::Unsupported,
                format("{}: the model has an adapter, which this program cannot apply yet; merge "
                       "it into the model",
                       name.text()));
  }
  return {SourceKind::GgufFile, parts->model, parts->name.text(), {}, parts};
}

namespace {

// Whether it can only have been meant as a path.
bool is_path_like(std::string_view argument) {
  return argument.front() == '/' || argument.front() == '.' || argument.front() == '~' ||
         argument.ends_with(".gguf") || argument.ends_with(".safetensors") ||
         argument.ends_with('/');
}

[[noreturn]] void fail_missing(std::string_view argument, const store::Store* store) {
  std::string meant;
  const auto name = store::ModelName::try_parse(argument);
  if (name && store != nullptr) {
    for (const store::ModelName& other : store->similar(*name)) {
      meant += (meant.empty() ? "did you mean " : ", ") + other.text();
    }
  }
  if (!meant.empty()) meant += "? Else ";
  throw Error(ErrorCode::NotFound,
              format("{}: no such file or folder, and no installed model of that name; {}give a "
                     "GGUF file, a Hugging Face folder, a name that bantam list shows, or nothing "
                     "for the built-in model; bantam pull NAME and bantam import FILE install one",
                     argument, meant));
}

}  // namespace

ModelSource resolve_model(std::string_view argument) {
  if (argument.empty() || argument == kBuiltInName) {
    return {SourceKind::BuiltIn, {}, std::string(kBuiltInName)};
  }
  const fs::path path(argument);
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  if (!is_folder && file_exists(path)) {
    if (path.extension() == ".safetensors") {
      return resolve_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
    }
    return {SourceKind::GgufFile, path, path.stem().string()};
  }
  // A folder of that name that holds no model does not hide an installed one.
  if (is_folder && (is_path_like(argument) || file_exists(path / "config.json"))) {
    return resolve_folder(path);
  }
  const auto name = is_path_like(argument) ? std::nullopt : store::ModelName::try_parse(argument);
  if (!name) {
    if (is_folder) return resolve_folder(path);
    fail_missing(argument, nullptr);
  }
  const store::Store store(store::Store::default_root());
  if (store.find(*name)) return resolve_installed(store, *name);
  if (is_folder) return resolve_folder(path);
  fail_missing(argument, &store);
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
