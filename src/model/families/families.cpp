#include "model/families/families.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "model/families/llama.h"

namespace bantam::model {
namespace {

const Family kFamilies[] = {
    llama_family(),
};

std::string known_names() {
  std::string names;
  for (const Family& family : kFamilies) {
    if (!names.empty()) names += ", ";
    names += family.name;
  }
  return names;
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

ModelSpec read_spec(const formats::TensorFile& file) {
  const bool is_gguf = file.format() == formats::SourceFormat::Gguf;
  const std::string_view key = is_gguf ? "general.architecture" : "model_type";
  const std::string_view wanted = file.metadata().require_text(key);
  for (const Family& family : kFamilies) {
    const auto names = is_gguf ? family.gguf_architectures : family.hugging_face_model_types;
    if (std::ranges::find(names, wanted) == names.end()) continue;
    ModelSpec spec = is_gguf ? family.from_gguf(file) : family.from_hugging_face(file);
    spec.family = family.name;
    return spec;
  }
  throw Error(
      ErrorCode::Unsupported,
      format("{}: {} is {}, a family that is not supported; known: {}. A family is added by one "
             "file in src/model/families and its line in families.cpp",
             file.name(), key, quoted(wanted), known_names()));
}

}  // namespace bantam::model
