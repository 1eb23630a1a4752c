#include "text/tokenizer_json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/format.h"
#include "text/json_reader.h"
#include "text/models/unigram.h"
#include "text/models/wordpiece.h"
#include "text/pipeline/replace_text.h"
#include "text/readers/bpe_builder.h"
#include "text/readers/pipeline_json.h"
#include "text/readers/tokenizer_file.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {
namespace {

constexpr std::size_t kAddedBytesMax = std::size_t{16} << 20;  // all added tokens together

[[noreturn]] void bad_file(std::string_view file, std::string_view text) {
  throw Error(ErrorCode::BadFile, format("{}: {}", file, text));
}

class Assembler {
 public:
  Assembler(TokenizerFile file, std::string_view name, const TokenizerConfig& config)
      : file_(std::move(file)),
        name_(name),
        config_(config),
        pretokenizer_(read_pretokenizer(file_.pretokenizer, name)),
        decoder_(read_decoder(file_.decoder, name)) {}

  Tokenizer make() {
    collect_pieces();
    add_tokens(file_.added);
    add_config_tokens();
    make_token_list();
    TokenizerParts parts;
    parts.tokens = tokens_;
    parts.normalizer = Normalizer(read_normalizer(file_.normalizer, name_));
    parts.pretokenizer = PreTokenizer(std::move(pretokenizer_.steps));
    add_added_tokens(parts, file_.added);
    index_ = index_pieces(*tokens_, name_);
    parts.model = make_model();
    parts.decoder = std::move(decoder_.decoder);
    parts.strips_first_blank = decoder_.strips_first_blank;
    set_special_tokens(parts);
    return Tokenizer(std::move(parts));
  }

 private:
  // Puts the entries of the vocabulary in the order of their ids.
  void collect_pieces() {
    const ModelSection& model = file_.model;
    for (std::size_t i = 0; i < model.ids.size(); ++i) {
      put(model.ids[i], {std::string(model.vocabulary[i]), TokenKind::Normal});
    }
    if (entries_.empty() && file_.added.empty())
      bad_file(name_, "model.vocab: found no token, expected some");
  }

  struct Entry {
    std::string piece;
    TokenKind kind = TokenKind::Absent;
    bool added = false;
  };

  void put(TokenId id, Entry entry) {
    const auto place = static_cast<std::size_t>(id);
    if (place >= entries_.size()) entries_.resize(place + 1);
    if (entries_[place].kind != TokenKind::Absent) {
      bad_file(name_,
               format("token {}: found id {}, which {} has, expected each id once",
                      bantam::quoted(entry.piece), id, bantam::quoted(entries_[place].piece)));
    }
    entries_[place] = std::move(entry);
  }

  void add_tokens(const std::vector<AddedToken>& added) {
    std::size_t bytes = 0;
    for (const AddedToken& token : added) {
      bytes += token.content.size();
      if (bytes > kAddedBytesMax) {
        bad_file(name_,
                 format("added_tokens: found more than {} bytes, expected less", kAddedBytesMax));
      }
      const auto place = static_cast<std::size_t>(token.id);
      const TokenKind kind = token.special ? TokenKind::Control : TokenKind::UserDefined;
      if (place < entries_.size() && entries_[place].kind != TokenKind::Absent) {
        if (entries_[place].piece != token.content) {
          bad_file(name_,
                   format("added_tokens: {}: found id {}, which {} has, expected each id once",
                          bantam::quoted(token.content), token.id,
                          bantam::quoted(entries_[place].piece)));
        }
        entries_[place].kind = kind;
        entries_[place].added = true;
      } else {
        put(token.id, {token.content, kind, true});
      }
    }
  }

  // Tokens that only tokenizer_config.json knows, where they do not clash with the file.
  void add_config_tokens() {
    std::vector<AddedToken> missing;
    for (const AddedToken& token : config_.added) {
      const auto place = static_cast<std::size_t>(token.id);
      const bool free = place >= entries_.size() || entries_[place].kind == TokenKind::Absent;
      const bool same = !free && entries_[place].piece == token.content && !entries_[place].added;
      if (free || same) missing.push_back(token);
    }
    add_tokens(missing);
    file_.added.insert(file_.added.end(), missing.begin(), missing.end());
  }

  std::string shown_bytes(const Entry& entry) const {
    if (entry.added) return entry.piece;
    if (pretokenizer_.byte_level || decoder_.byte_level) {
      return bytes_of_alphabet(entry.piece).value_or(entry.piece);
    }
    if (decoder_.byte_fallback) {
      if (const int byte = byte_of_piece(entry.piece); byte >= 0) return {static_cast<char>(byte)};
    }
    if (decoder_.word_piece) {
      const std::string& prefix = decoder_.word_prefix;
      return entry.piece.starts_with(prefix) ? entry.piece.substr(prefix.size())
                                             : " " + entry.piece;
    }
    return replace_text(entry.piece, decoder_.blank, " ");
  }

  void make_token_list() {
    auto tokens = std::make_shared<TokenList>();
    for (Entry& entry : entries_) {
      if (entry.kind == TokenKind::Normal && decoder_.byte_fallback &&
          byte_of_piece(entry.piece) >= 0) {
        entry.kind = TokenKind::Byte;
      }
      tokens->pieces.push_back(entry.piece);
      tokens->bytes.push_back(shown_bytes(entry));
      tokens->kinds.push_back(entry.kind);
    }
    entries_ = {};
    tokens_ = std::move(tokens);
  }

  std::optional<TokenId> find(const std::optional<std::string>& piece) const {
    if (!piece) return std::nullopt;
    const auto found = index_.find(*piece);
    return found == index_.end() ? std::nullopt : std::optional(found->second);
  }

  std::unique_ptr<const SubwordModel> make_model() {
    const std::string& type = file_.model.type;
    if (type == "BPE") return make_bpe();
    if (pretokenizer_.byte_level) {
      throw Error(ErrorCode::Unsupported,
                  format("{}: model.type: found {} with a ByteLevel pre-tokenizer, expected BPE",
                         name_, bantam::quoted(type)));
    }
    if (type == "Unigram") return make_unigram();
    if (type == "WordPiece") return make_wordpiece();
    throw Error(ErrorCode::Unsupported,
                format("{}: model.type: found {}, expected BPE, Unigram or WordPiece", name_,
                       bantam::quoted(type)));
  }

  std::unique_ptr<const SubwordModel> make_bpe() {
    const ModelSection& model = file_.model;
    BpeOptions options;
    options.byte_level = pretokenizer_.byte_level;
    options.byte_fallback = model.byte_fallback;
    options.fuse_unknown = model.fuse_unknown;
    options.ignore_merges = model.ignore_merges;
    options.unknown = find(model.unknown_piece);
    options.continuing_prefix = model.continuing_prefix;
    options.end_suffix = model.end_suffix;
    if (options.byte_level && (!model.continuing_prefix.empty() || !model.end_suffix.empty())) {
      throw Error(
          ErrorCode::Unsupported,
          format("{}: model: found a word prefix or suffix with ByteLevel, expected none", name_));
    }
    std::vector<MergeText> merges(model.merges.size() / 2);
    for (std::size_t i = 0; i < merges.size(); ++i) {
      merges[i] = {model.merges[2 * i], model.merges[2 * i + 1]};
    }
    return build_ranked_bpe(*tokens_, std::move(options), merges, name_);
  }

  std::unique_ptr<const SubwordModel> make_unigram() {
    const ModelSection& model = file_.model;
    UnigramParts parts;
    for (std::size_t i = 0; i < model.scores.size(); ++i) {
      const TokenKind kind = tokens_->kinds[i];
      if (kind == TokenKind::Control || kind == TokenKind::Byte) continue;
      if (model.unknown_id == static_cast<TokenId>(i)) continue;
      parts.pieces.push_back(
          {tokens_->pieces[i], static_cast<TokenId>(i), model.scores[i], TokenKind::Normal});
    }
    parts.unknown = model.unknown_id;
    parts.byte_fallback = model.byte_fallback;
    parts.byte_tokens = find_byte_pieces(index_);
    return std::make_unique<UnigramModel>(parts);
  }

  std::unique_ptr<const SubwordModel> make_wordpiece() {
    const ModelSection& model = file_.model;
    WordPieceParts parts;
    for (const TokenId id : model.ids) {
      const auto place = static_cast<std::size_t>(id);
      if (tokens_->kinds[place] != TokenKind::Control) {
        parts.tokens.emplace_back(tokens_->pieces[place], id);
      }
    }
    const std::optional<TokenId> unknown = find(model.unknown_piece.value_or("[UNK]"));
    if (!unknown)
      bad_file(name_, "model.unk_token: found no such token, expected one of the vocabulary");
    parts.unknown = *unknown;
    if (!model.continuing_prefix.empty()) parts.continuing_prefix = model.continuing_prefix;
    parts.word_characters_max = model.word_characters_max;
    return std::make_unique<WordPieceModel>(parts);
  }

  // The first of the names that is a token.
  std::optional<TokenId> first_known(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      if (const auto found = index_.find(name); found != index_.end()) return found->second;
    }
    return std::nullopt;
  }

  void set_special_tokens(TokenizerParts& parts) {
    Surroundings around = read_post_processor(file_.post_processor, name_);
    for (const auto* ids : {&around.before, &around.after}) {
      for (const TokenId id : *ids) check_token(id, "post_processor");
    }
    parts.bos = find(config_.bos);
    parts.eos = find(config_.eos);
    parts.pad = find(config_.pad);
    parts.unknown = find(config_.unknown);
    if (!parts.unknown) parts.unknown = find(file_.model.unknown_piece);
    if (!parts.unknown) parts.unknown = file_.model.unknown_id;
    if (parts.unknown) check_token(*parts.unknown, "model.unk_id");
    if (!parts.bos && !around.before.empty()) parts.bos = around.before.front();
    if (!parts.eos && !around.after.empty()) parts.eos = around.after.back();
    if (!parts.eos && !config_.eos) {
      parts.eos = first_known({"</s>", "<|end_of_text|>", "<|endoftext|>", "<eos>"});
    }
    parts.before = apply_flag(config_.add_bos, parts.bos, std::move(around.before));
    parts.after = apply_flag(config_.add_eos, parts.eos, std::move(around.after));
    parts.end_of_generation = find_end_of_generation(*tokens_, {parts.eos});
  }

  static std::vector<TokenId> apply_flag(std::optional<bool> add, std::optional<TokenId> id,
                                         std::vector<TokenId> ids) {
    if (!add || !id) return ids;
    const bool there = std::count(ids.begin(), ids.end(), *id) > 0;
    if (*add && !there) ids.insert(ids.begin(), *id);
    if (!*add && there) ids.erase(std::find(ids.begin(), ids.end(), *id));
    return ids;
  }

  void check_token(TokenId id, std::string_view field) const {
    const auto place = static_cast<std::size_t>(id);
    if (place < tokens_->kinds.size() && tokens_->kinds[place] != TokenKind::Absent) return;
    bad_file(name_, format("{}: found id {}, expected the id of a token", field, id));
  }

  TokenizerFile file_;
  std::string_view name_;
  const TokenizerConfig& config_;
  PreTokenizerSpec pretokenizer_;
  DecoderSpec decoder_;
  std::vector<Entry> entries_;
  std::shared_ptr<const TokenList> tokens_;
  TokenIndex index_;
};

// "<s>", {"content": "<s>", …} or null.
std::optional<std::string> read_config_token(JsonReader& reader, const std::string& key) {
  switch (reader.peek(key)) {
    case JsonReader::Kind::String:
      return std::string(reader.string(key));
    case JsonReader::Kind::Object: {
      std::optional<std::string> content;
      reader.object(key, [&](const std::string& inner) {
        if (inner == "content") {
          content = std::string(reader.string(key));
        } else {
          reader.raw(key);
        }
      });
      return content;
    }
    default:
      reader.raw(key);
      return std::nullopt;
  }
}

std::optional<bool> read_config_flag(JsonReader& reader, const std::string& key) {
  const std::string_view text = reader.raw(key);
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

void read_added_tokens_decoder(JsonReader& reader, std::vector<AddedToken>& added) {
  if (reader.peek("added_tokens_decoder") != JsonReader::Kind::Object) {
    reader.raw("added_tokens_decoder");
    return;
  }
  reader.object("added_tokens_decoder", [&](const std::string& key) {
    TokenId id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0 ||
        static_cast<std::size_t>(id) >= limits::kTokenizerItemsMax) {
      reader.fail("added_tokens_decoder", bantam::quoted(key), "a token id");
    }
    added.push_back(read_added_token(reader, id));
  });
}

}  // namespace

TokenizerConfig tokenizer_config_from_json(std::string_view json, std::string_view file_name) {
  TokenizerConfig config;
  JsonReader reader(json, file_name);
  reader.object("tokenizer_config.json", [&](const std::string& key) {
    if (key == "bos_token") {
      config.bos = read_config_token(reader, key);
    } else if (key == "eos_token") {
      config.eos = read_config_token(reader, key);
    } else if (key == "unk_token") {
      config.unknown = read_config_token(reader, key);
    } else if (key == "pad_token") {
      config.pad = read_config_token(reader, key);
    } else if (key == "add_bos_token") {
      config.add_bos = read_config_flag(reader, key);
    } else if (key == "add_eos_token") {
      config.add_eos = read_config_flag(reader, key);
    } else if (key == "added_tokens_decoder") {
      read_added_tokens_decoder(reader, config.added);
    } else {
      reader.raw(key);
    }
  });
  reader.finish();
  return config;
}

Tokenizer tokenizer_from_json(std::string_view json, std::string_view file_name,
                              const TokenizerConfig& config) {
  return Assembler(read_tokenizer_file(json, file_name), file_name, config).make();
}

}  // namespace bantam::text
