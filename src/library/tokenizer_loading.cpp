#include "library/tokenizer_loading.h"

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "formats/gguf_reader.h"
#include "library/built_in_model.h"
#include "text/readers/ggml_pretokenizers.h"
#include "text/sentencepiece.h"
#include "text/tokenizer_json.h"
#include "text/vocabulary.h"

namespace bantam::library {

namespace fs = std::filesystem;
using formats::Metadata;
using text::TokenId;

namespace {

// GGUF has no such key; it has tokenizer.ggml.normalizer.lowercase.
constexpr std::string_view kNfc = "tokenizer.ggml.normalizer.nfc";

std::optional<TokenId> token_id(const Metadata& metadata, std::string_view key) {
  const auto id = metadata.integer(key, 0, INT32_MAX);
  if (!id) return std::nullopt;
  return static_cast<TokenId>(*id);
}

std::vector<std::byte> bytes_of(const Metadata& metadata, std::string_view key) {
  std::vector<std::byte> bytes;
  for (const std::int64_t value : metadata.integers(key).value_or(std::vector<std::int64_t>())) {
    bytes.push_back(static_cast<std::byte>(value & 0xff));  // stored as signed or unsigned bytes
  }
  return bytes;
}

text::TokenizerConfig read_tokenizer_config(const fs::path& folder) {
  const fs::path path = folder / "tokenizer_config.json";
  if (!file_exists(path)) return {};
  const MappedFile file(path);
  return text::tokenizer_config_from_json(file.text(), file.name());
}

std::unique_ptr<const text::Tokenizer> tokenizer_of_folder(const fs::path& folder) {
  const text::TokenizerConfig config = read_tokenizer_config(folder);
  if (const fs::path json = folder / "tokenizer.json"; file_exists(json)) {
    const MappedFile file(json);
    return std::make_unique<text::Tokenizer>(
        text::tokenizer_from_json(file.text(), file.name(), config));
  }
  if (const fs::path model = folder / "tokenizer.model"; file_exists(model)) {
    const MappedFile file(model);
    return std::make_unique<text::Tokenizer>(text::tokenizer_from_sentencepiece(
        file.bytes(), file.name(),
        {.add_bos = config.add_bos.value_or(true), .add_eos = config.add_eos.value_or(false)}));
  }
  throw Error(
      ErrorCode::NotFound,
      format("{}: the folder holds neither tokenizer.json nor tokenizer.model; download one of "
             "them from where the model comes from",
             folder.string()));
}

}  // namespace

formats::TensorFile open_header(const ModelSource& source) {
  formats::TensorFile file =
      source.kind == SourceKind::BuiltIn
          ? formats::read_gguf(source.name, built_in_model(), formats::GgufContent::HeaderOnly)
          : formats::open_gguf(source.path, formats::GgufContent::HeaderOnly);
  apply_overrides(source, file);
  return file;
}

std::unique_ptr<const text::Tokenizer> tokenizer_of(const formats::TensorFile& gguf) {
  const Metadata& metadata = gguf.metadata();
  const auto* tokens = metadata.texts("tokenizer.ggml.tokens");
  if (tokens == nullptr) {
    throw Error(
        ErrorCode::NotFound,
        format(
            "{}: the file holds no tokenizer (tokenizer.ggml.tokens); use the Hugging Face folder "
            "of the model, or convert it again with its tokenizer",
            gguf.name()));
  }
  const auto* merges = metadata.texts("tokenizer.ggml.merges");
  const std::vector<std::byte> charsmap = bytes_of(metadata, "tokenizer.ggml.precompiled_charsmap");
  text::Vocabulary vocabulary;
  vocabulary.file = metadata.file();
  vocabulary.model_name = metadata.text("general.name").value_or("");
  vocabulary.model = metadata.require_text("tokenizer.ggml.model");
  vocabulary.pre = metadata.text("tokenizer.ggml.pre").value_or("");
  vocabulary.tokens = *tokens;
  vocabulary.scores = metadata.reals("tokenizer.ggml.scores").value_or(std::vector<double>());
  vocabulary.token_types =
      metadata.integers("tokenizer.ggml.token_type").value_or(std::vector<std::int64_t>());
  if (merges != nullptr) vocabulary.merges = *merges;
  const auto id = [&](std::string_view name) {
    return token_id(metadata, format("tokenizer.ggml.{}_token_id", name));
  };
  vocabulary.bos = id("bos");
  vocabulary.eos = id("eos");
  vocabulary.eot = id("eot");
  vocabulary.eom = id("eom");
  vocabulary.unknown = id("unknown");
  vocabulary.pad = id("padding");
  vocabulary.separator = id("seperator");  // the format's own spelling
  vocabulary.cls = id("cls");
  vocabulary.mask = id("mask");
  vocabulary.add_bos = metadata.boolean("tokenizer.ggml.add_bos_token");
  vocabulary.add_eos = metadata.boolean("tokenizer.ggml.add_eos_token");
  vocabulary.add_space_prefix = metadata.boolean("tokenizer.ggml.add_space_prefix");
  vocabulary.remove_extra_whitespaces = metadata.boolean("tokenizer.ggml.remove_extra_whitespaces");
  vocabulary.nfc = metadata.boolean(kNfc);
  vocabulary.precompiled_charsmap = charsmap;
  return std::make_unique<text::Tokenizer>(text::tokenizer_from_vocabulary(vocabulary));
}

void add_text_assumptions(const formats::TensorFile& gguf,
                          std::vector<model::Assumption>& assumptions) {
  const Metadata& metadata = gguf.metadata();
  const std::string_view pre = metadata.text("tokenizer.ggml.pre").value_or("");
  if (metadata.contains(kNfc) || metadata.text("tokenizer.ggml.model") != "gpt2") return;
  if (!text::find_ggml_split_rules(pre, gguf.name()).has_nfc) return;
  assumptions.push_back({std::string(kNfc), "true", "false",
                         format("whether texts are put into the normal form C first, as by the "
                                "tokenizers that are called {}",
                                pre)});
}

std::unique_ptr<const text::Tokenizer> load_tokenizer(const ModelSource& source) {
  if (source.kind == SourceKind::HuggingFaceFolder) return tokenizer_of_folder(source.path);
  return tokenizer_of(open_header(source));
}

}  // namespace bantam::library
