#include "model/families/families.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/format.h"

namespace bantam::model {

namespace {

const std::vector<Family>& all_families() {
  static const std::vector<Family> all{
#define BANTAM_FAMILY(name) family::name(),
#include "model/families/families.def"
#undef BANTAM_FAMILY
  };
  return all;
}

std::string known_names() {
  std::string names;
  for (const Family& family : all_families()) {
    if (!names.empty()) names += ", ";
    names += family.name;
  }
  return names;
}

// Folders that hold a model of text and pictures name its text part apart.
std::string_view stated_name(const formats::TensorFile& file) {
  if (file.format() == formats::SourceFormat::Gguf) {
    return file.metadata().require_text("general.architecture");
  }
  constexpr std::string_view kNested = "text_config.model_type";
  return file.metadata().contains(kNested) ? file.metadata().require_text(kNested)
                                           : file.metadata().require_text("model_type");
}

// Nobody states a key for nothing. Those of texts and of sampling are read elsewhere.
void check_overrides(const HyperParameters& parameters) {
  constexpr std::string_view kElsewhere[] = {"general.", "tokenizer.", "generation_config.",
                                             "eos_token_id"};
  for (const auto& [key, entry] : parameters.metadata().entries()) {
    if (!entry.is_override || parameters.has_asked(key)) continue;
    if (std::ranges::any_of(kElsewhere, [&](auto start) { return key.starts_with(start); })) {
      continue;
    }
    throw Error(ErrorCode::BadInput,
                format("--override: {} is no key that this model's family reads; bantam show lists "
                       "keys that its file lacks",
                       key));
  }
}

}  // namespace

std::span<const Family> families() { return all_families(); }

const Family& family_of(const formats::TensorFile& file) {
  const bool is_gguf = file.format() == formats::SourceFormat::Gguf;
  const std::string_view wanted = stated_name(file);
  for (const Family& family : all_families()) {
    const auto names = is_gguf ? family.gguf_architectures : family.hugging_face_model_types;
    if (std::ranges::find(names, wanted) != names.end()) return family;
  }
  throw Error(
      ErrorCode::Unsupported,
      format("{}: {} is {}, a family that is not supported; known: {}. A family is added by one "
             "file in src/model/families and its line in families.def",
             file.name(), is_gguf ? "general.architecture" : "model_type", quoted(wanted),
             known_names()));
}

ModelSpec read_spec(const Family& family, const formats::TensorFile& file) {
  const HyperParameters parameters(file, TensorNames(family.tensor_names));
  ModelSpec spec = family.read(parameters);
  check_overrides(parameters);
  spec.family = family.name;
  spec.assumptions = parameters.assumptions();
  return spec;
}

}  // namespace bantam::model
