#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "library/tokenizer_loading.h"

namespace bantam::library {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::json;

// "chat_template" of a JSON file: a text, or a list of named ones of which "default" is meant.
std::optional<std::string> template_in_json(const fs::path& path) {
  if (!file_exists(path)) return std::nullopt;
  const MappedFile file(path);
  const Json value = Json::parse(file.text(), nullptr, false);
  if (value.is_discarded() || !value.is_object()) {
    throw Error(ErrorCode::BadFile, format("{}: not a JSON object", file.name()));
  }
  const auto found = value.find("chat_template");
  if (found == value.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  if (found->is_array()) {
    for (const Json& named : *found) {
      if (named.is_object() && named.contains("name") && named["name"] == "default" &&
          named.contains("template") && named["template"].is_string()) {
        return named["template"].get<std::string>();
      }
    }
  }
  throw Error(
      ErrorCode::BadFile,
      format("{}: chat_template: expected a text or a list with one named default", file.name()));
}

std::optional<std::string> template_in_folder(const fs::path& folder) {
  if (const fs::path jinja = folder / "chat_template.jinja"; file_exists(jinja)) {
    return std::string(MappedFile(jinja).text());
  }
  if (auto found = template_in_json(folder / "chat_template.json")) return found;
  return template_in_json(folder / "tokenizer_config.json");
}

}  // namespace

const std::string* installed_template(const ModelSource& source) {
  if (!source.installed || !source.installed->chat_template) return nullptr;
  return source.installed->config.renderer.empty() ? &*source.installed->chat_template : nullptr;
}

std::optional<std::string> template_source_of(const formats::TensorFile& gguf) {
  const auto source = gguf.metadata().text("tokenizer.chat_template");
  if (!source) return std::nullopt;
  return std::string(*source);
}

std::optional<std::string> load_template_source(const ModelSource& source) {
  if (source.kind == SourceKind::HuggingFaceFolder) return template_in_folder(source.path);
  if (const std::string* installed = installed_template(source)) return *installed;
  return template_source_of(open_header(source));
}

text::ChatTemplate make_chat_template(std::string_view source, const text::Tokenizer& tokenizer,
                                      text::TemplateLanguage language) {
  text::ChatTemplate::SpecialTokens special;
  const auto add = [&](std::string_view name, std::optional<text::TokenId> id) {
    if (id) special.emplace_back(name, tokenizer.piece(*id));
  };
  add("bos_token", tokenizer.bos());
  add("eos_token", tokenizer.eos());
  add("pad_token", tokenizer.pad());
  add("unk_token", tokenizer.unknown());
  return text::ChatTemplate(source, std::move(special), language);
}

}  // namespace bantam::library
