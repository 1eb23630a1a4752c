#include "library/convert/tokenizer_keys.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "library/convert/special_tokens.h"
#include "library/tokenizer_loading.h"
#include "text/ggml_splits.h"
#include "text/pipeline/replace_text.h"
#include "text/pipeline/token_decoder.h"
#include "text/readers/sentencepiece_model.h"
#include "text/readers/tokenizer_file.h"
#include "text/tokenizer_json.h"

namespace bantam::library {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using text::AddedToken;
using text::TokenKind;

// Scores that put a token behind every one that a model learned.
constexpr double kPaddingScore = -10000, kAddedScore = -1000;

// Tokens that some files add without calling them special, though text must not spell them.
bool looks_special(std::string_view token) {
  constexpr std::string_view kBar = "\xEF\xBD\x9C";  // U+FF5C, as DeepSeek writes them
  const auto is_between = [&](std::string_view begin, std::string_view end) {
    return token.starts_with(begin) && token.ends_with(end);
  };
  return token == "<pad>" || token == "<mask>" || token == "<2mass>" || token == "[@BOS@]" ||
         is_between("<|", "|>") || is_between("<unused", ">") ||
         is_between("<" + std::string(kBar), std::string(kBar) + ">");
}

// The vocabulary under construction, by id.
class TokenRows {
 public:
  explicit TokenRows(std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; ++i) {
      texts_.push_back(format("[PAD{}]", i));
      kinds_.push_back(static_cast<std::int64_t>(TokenKind::Unused));
      scores_.push_back(kPaddingScore);
    }
  }

  void set(std::int64_t id, std::string_view text, TokenKind kind, double score,
           std::string_view file) {
    if (id < 0 || id >= std::ssize(texts_)) {
      throw Error(ErrorCode::BadFile,
                  format("{}: token {} has id {}, expected ids below the model's vocabulary of {}",
                         file, bantam::quoted(text), id, texts_.size()));
    }
    const auto at = static_cast<std::size_t>(id);
    texts_[at] = text;
    kinds_[at] = static_cast<std::int64_t>(kind);
    scores_[at] = score;
    ids_[std::string(text)] = id;
  }

  void add(const AddedToken& token, std::string_view file) {
    const bool is_control = token.special || looks_special(token.content);
    ids_[token.content] = token.id;
    set(token.id,
        is_control ? token.content : text::replace_text(token.content, "\xE2\x96\x81", " "),
        is_control ? TokenKind::Control : TokenKind::UserDefined, kAddedScore, file);
  }

  TokenKind kind(std::int64_t id) const {
    const bool is_there = id >= 0 && id < std::ssize(kinds_);
    return is_there ? static_cast<TokenKind>(kinds_[static_cast<std::size_t>(id)])
                    : TokenKind::Absent;
  }

  void write(bool with_scores, model::KeyWriter& out) const {
    out.texts("tokens", texts_);
    out.integers("token_type", kinds_);
    if (with_scores) out.reals("scores", scores_);
  }
  const std::map<std::string, std::int64_t, std::less<>>& ids() const { return ids_; }

 private:
  std::vector<std::string> texts_;
  std::vector<std::int64_t> kinds_;
  std::vector<double> scores_;
  std::map<std::string, std::int64_t, std::less<>> ids_;
};

Json read_json(const fs::path& path) {
  if (!file_exists(path)) return nullptr;
  const MappedFile file(path);
  Json value = Json::parse(file.text(), nullptr, false);
  if (!value.is_object()) {
    throw Error(ErrorCode::BadFile, format("{}: not a JSON object", file.name()));
  }
  return value;
}

// The files of one folder's tokenizer, as far as they are there.
struct Sources {
  fs::path model_path, json_path;
  std::optional<text::TokenizerFile> json;
  std::string json_text;
  Json config = nullptr;               // tokenizer_config.json
  std::vector<AddedToken> more_added;  // of tokenizer_config.json and added_tokens.json
};

Sources read_sources(const fs::path& folder) {
  Sources sources;
  sources.model_path = folder / "tokenizer.model";
  sources.json_path = folder / "tokenizer.json";
  if (!file_exists(sources.model_path)) sources.model_path.clear();
  if (file_exists(sources.json_path)) {
    sources.json_text = MappedFile(sources.json_path).text();
    sources.json = text::read_tokenizer_file(sources.json_text, sources.json_path.string());
  }
  if (const fs::path path = folder / "tokenizer_config.json"; file_exists(path)) {
    const MappedFile file(path);
    sources.config = read_json(path);
    sources.more_added = text::tokenizer_config_from_json(file.text(), file.name()).added;
  }
  Json listed = read_json(folder / "added_tokens.json");
  if (!listed.is_object()) listed = Json::object();
  for (const auto& [content, id] : listed.items()) {
    if (!id.is_number_integer()) continue;
    const auto number = id.template get<std::int64_t>();
    if (number < 0 || number > INT32_MAX) {
      throw Error(ErrorCode::BadFile,
                  format("{}: {}: found {}, expected a token's number of 0 to {}",
                         (folder / "added_tokens.json").string(), bantam::quoted(content),
                         id.dump(), INT32_MAX));
    }
    AddedToken token;
    token.id = static_cast<text::TokenId>(number);
    token.content = content;
    sources.more_added.push_back(std::move(token));
  }
  return sources;
}

// Whether the tokenizer puts a blank in front of a text.
bool prefixes_blank(const text::TokenizerFile& json) {
  const std::string normalizer = json.normalizer.dump(), splits = json.pretokenizer.dump();
  if (normalizer.find("\"Prepend\"") != normalizer.npos) return true;
  return splits.find("\"Metaspace\"") != splits.npos &&
         splits.find("\"prepend_scheme\":\"never\"") == splits.npos &&
         splits.find("\"add_prefix_space\":false") == splits.npos;
}

// Fills the keys of one folder. Views its arguments.
class TokenizerKeys {
 public:
  TokenizerKeys(const fs::path& folder, const formats::Metadata& config,
                const model::GgufForm& form, std::int64_t rows, formats::Metadata& out)
      : sources_(read_sources(folder)),
        model_config_(config),
        form_(form),
        tokens_(rows),
        out_(out, "tokenizer.ggml.") {}

  void run() {
    const bool is_listed = sources_.json && sources_.json->model.byte_fallback;
    if (!form_.merged_characters.empty() && is_listed) {
      add_as_listed();
    } else if (!sources_.model_path.empty()) {
      add_sentencepiece();
    } else if (sources_.json->model.type != "BPE") {
      throw Error(ErrorCode::Unsupported,
                  format("{}: model.type: found {}, expected BPE; GGUF has no form of it for "
                         "models that write text",
                         sources_.json_path.string(), bantam::quoted(sources_.json->model.type)));
    } else if (sources_.json->model.byte_fallback) {
      add_merged_characters();
    } else {
      add_byte_level();
    }
    const Json none;
    add_special_tokens(sources_.config, sources_.json ? sources_.json->post_processor : none,
                       model_config_, tokens_.ids(), out_);
    add_named_tokens();
    add_space_prefix();
  }

 private:
  // What the family's files name beyond tokenizer_config.json.
  void add_named_tokens() {
    for (const model::NamedToken& token : form_.tokens) {
      const std::string key = std::string(token.key) + "_token_id";
      const auto stated =
          token.id.empty() ? std::nullopt : model_config_.integer(token.id, 0, INT32_MAX);
      const auto found = tokens_.ids().find(token.text);
      if (stated) {
        out_.integer(key, *stated);
      } else if (found != tokens_.ids().end() && !out_.has(key)) {
        out_.integer(key, found->second);
      }
    }
  }

  void add_sentencepiece() {
    const MappedFile file(sources_.model_path);
    const text::SentencePieceModel model =
        text::read_sentencepiece_model(file.bytes(), file.name());
    if (model.type != text::SentencePieceModel::Type::Bpe) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: found a SentencePiece model of another type than BPE, which GGUF "
                         "has no form of for models that write text",
                         file.name()));
    }
    for (std::size_t i = 0; i < model.kinds.size(); ++i) {
      tokens_.set(static_cast<std::int64_t>(i), model.pieces[i], model.kinds[i],
                  static_cast<double>(model.scores[i]), file.name());
    }
    for (const AddedToken& token : sources_.more_added) tokens_.add(token, file.name());
    if (sources_.json) {
      for (const AddedToken& token : sources_.json->added) {
        if (form_.marks_added_tokens || tokens_.kind(token.id) == TokenKind::Unused) {
          tokens_.add(token, sources_.json_path.string());
        }
      }
    }
    has_dummy_prefix_ = model.add_dummy_prefix;
    write_pieces();
  }

  // SentencePiece's pieces with ranked merges: the score of a piece is the rank of its merge, so
  // that pieces join in the same order.
  void add_merged_characters() {
    const text::ModelSection& model = sources_.json->model;
    std::map<std::string, double, std::less<>> scores;
    const double last = -1 - static_cast<double>(model.merges.size() / 2);
    for (std::size_t i = 0; i + 1 < model.merges.size(); i += 2) {
      scores.try_emplace(std::string(model.merges[i]) + std::string(model.merges[i + 1]),
                         -static_cast<double>(i / 2));
    }
    const std::string file = sources_.json_path.string();
    for (std::size_t i = 0; i < model.ids.size(); ++i) {
      const std::string_view piece = model.vocabulary[i];
      const auto score = scores.find(piece);
      const bool is_byte = text::byte_of_piece(piece) >= 0;
      const bool is_unknown = model.unknown_piece && piece == *model.unknown_piece;
      tokens_.set(model.ids[i], piece,
                  is_unknown ? TokenKind::Unknown
                  : is_byte  ? TokenKind::Byte
                             : TokenKind::Normal,
                  is_byte                 ? 0
                  : score == scores.end() ? last
                                          : score->second,
                  file);
    }
    for (const auto* added : {&sources_.json->added, &sources_.more_added}) {
      for (const AddedToken& token : *added) {
        if (tokens_.kind(token.id) != TokenKind::Unknown) tokens_.add(token, file);
      }
    }
    has_dummy_prefix_ = prefixes_blank(*sources_.json);
    write_pieces();
  }

  void add_byte_level() {
    const std::string file = sources_.json_path.string();
    const auto names = text::find_ggml_split_names(sources_.json_text, file, form_.splits);
    if (names.empty()) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: pre_tokenizer: GGUF has no name for the way in which it splits a "
                         "text; run the folder as it is",
                         file));
    }
    const text::ModelSection& model = sources_.json->model;
    for (std::size_t i = 0; i < model.ids.size(); ++i) {
      tokens_.set(model.ids[i], model.vocabulary[i], TokenKind::Normal, 0, file);
    }
    for (const auto* added : {&sources_.json->added, &sources_.more_added}) {
      for (const AddedToken& token : *added) tokens_.add(token, file);
    }
    out_.text("model", "gpt2");
    out_.text("pre", names.front());
    tokens_.write(/*with_scores=*/false, out_);
    write_merges();
  }

  void write_merges() {
    const auto& parts = sources_.json->model.merges;
    std::vector<std::string> merges;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      merges.push_back(spelled(parts[i]) + " " + spelled(parts[i + 1]));
    }
    out_.texts("merges", merges);
  }

  // Tokens and merges as tokenizer.json lists them.
  void add_as_listed() {
    // Control tokens that people should see in what a model writes.
    constexpr std::string_view kShown[] = {"<|channel>",   "<channel|>",       "<|tool_call>",
                                           "<tool_call|>", "<|tool_response>", "<tool_response|>",
                                           "<|\"|>"};
    const std::string file = sources_.json_path.string();
    const text::ModelSection& model = sources_.json->model;
    for (std::size_t i = 0; i < model.ids.size(); ++i) {
      const bool is_byte = text::byte_of_piece(model.vocabulary[i]) >= 0;
      tokens_.set(model.ids[i], model.vocabulary[i], is_byte ? TokenKind::Byte : TokenKind::Normal,
                  kAddedScore, file);
    }
    for (const auto* added : {&sources_.json->added, &sources_.more_added}) {
      for (const AddedToken& token : *added) {
        const bool is_control =
            token.special && std::ranges::find(kShown, token.content) == std::end(kShown);
        tokens_.set(token.id, token.content,
                    is_control ? TokenKind::Control : TokenKind::UserDefined, kAddedScore, file);
      }
    }
    has_dummy_prefix_ = prefixes_blank(*sources_.json);
    out_.text("model", form_.merged_characters);
    tokens_.write(/*with_scores=*/true, out_);
    write_merges();
  }

  // A blank inside a part of a merge, which is what separates the parts in GGUF, has its letter of
  // GPT-2's alphabet.
  static std::string spelled(std::string_view part) {
    return text::replace_text(part, " ", "\xC4\xA0");
  }

  void write_pieces() {
    out_.text("model", "llama");
    out_.text("pre", "default");
    tokens_.write(/*with_scores=*/true, out_);
  }

  void add_space_prefix() {
    if (!has_dummy_prefix_) out_.boolean("add_space_prefix", false);
    if (!form_.states_space_prefix || !sources_.config.is_object()) return;
    const auto stated = sources_.config.find("add_prefix_space");
    if (stated != sources_.config.end() && stated->is_boolean()) {
      out_.boolean("add_space_prefix", stated->get<bool>());
    }
  }

  Sources sources_;
  const formats::Metadata& model_config_;
  const model::GgufForm& form_;
  TokenRows tokens_;
  model::KeyWriter out_;
  bool has_dummy_prefix_ = true;
};

}  // namespace

void add_tokenizer_keys(const fs::path& folder, const formats::Metadata& config,
                        const model::GgufForm& form, std::int64_t rows, formats::Metadata& out) {
  if (!file_exists(folder / "tokenizer.model") && !file_exists(folder / "tokenizer.json")) {
    throw Error(ErrorCode::NotFound,
                format("{}: the folder holds neither tokenizer.json nor tokenizer.model, which a "
                       "GGUF file needs; download one of them from where the model comes from",
                       folder.string()));
  }
  TokenizerKeys(folder, config, form, rows, out).run();
  const ModelSource source{SourceKind::HuggingFaceFolder, folder, folder.string()};
  if (const auto chat_template = load_template_source(source)) {
    model::KeyWriter(out, "tokenizer.").text("chat_template", *chat_template);
  }
}

}  // namespace bantam::library
