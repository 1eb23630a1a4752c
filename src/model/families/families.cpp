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

// Keys that are read without asking HyperParameters: of the family, of texts and of sampling.
std::span<const std::string_view> keys_read_elsewhere(bool is_gguf) {
  static constexpr std::string_view kGguf[] = {"general.architecture",
                                               "general.name",
                                               "tokenizer.chat_template",
                                               "tokenizer.ggml.add_bos_token",
                                               "tokenizer.ggml.add_eos_token",
                                               "tokenizer.ggml.add_space_prefix",
                                               "tokenizer.ggml.bos_token_id",
                                               "tokenizer.ggml.cls_token_id",
                                               "tokenizer.ggml.eom_token_id",
                                               "tokenizer.ggml.eos_token_id",
                                               "tokenizer.ggml.eot_token_id",
                                               "tokenizer.ggml.mask_token_id",
                                               "tokenizer.ggml.model",
                                               "tokenizer.ggml.normalizer.nfc",
                                               "tokenizer.ggml.padding_token_id",
                                               "tokenizer.ggml.pre",
                                               "tokenizer.ggml.precompiled_charsmap",
                                               "tokenizer.ggml.remove_extra_whitespaces",
                                               "tokenizer.ggml.scores",
                                               "tokenizer.ggml.seperator_token_id",
                                               "tokenizer.ggml.token_type",
                                               "tokenizer.ggml.unknown_token_id",
                                               "xielu.alpha_n",
                                               "xielu.alpha_p",
                                               "xielu.beta",
                                               "xielu.eps"};
  static constexpr std::string_view kFolder[] = {"_name_or_path",
                                                 "eos_token_id",
                                                 "generation_config.eos_token_id",
                                                 "generation_config.min_p",
                                                 "generation_config.repetition_penalty",
                                                 "generation_config.temperature",
                                                 "generation_config.top_k",
                                                 "generation_config.top_p",
                                                 "generation_config.typical_p",
                                                 "model_type",
                                                 "text_config.model_type"};
  return is_gguf ? std::span<const std::string_view>(kGguf) : kFolder;
}

// Nobody states a key for nothing.
void check_overrides(const HyperParameters& parameters) {
  const auto elsewhere = keys_read_elsewhere(parameters.is_gguf());
  for (const auto& [key, entry] : parameters.metadata().entries()) {
    if (!entry.is_override || parameters.has_asked(key)) continue;
    if (std::ranges::find(elsewhere, key) != elsewhere.end()) continue;
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
