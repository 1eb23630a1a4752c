#include "text/vocabulary.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/models/wordpiece.h"
#include "text/pipeline/replace_text.h"
#include "text/readers/bpe_builder.h"
#include "text/readers/ggml_pretokenizers.h"
#include "text/readers/sentencepiece_model.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581

class Builder {
 public:
  explicit Builder(const Vocabulary& vocabulary) : in_(vocabulary) {}

  Tokenizer make() {
    check_sizes();
    read_kinds();
    if (in_.model == "llama") return make_sentencepiece(SentencePieceModel::Type::Bpe);
    if (in_.model == "t5") return make_sentencepiece(SentencePieceModel::Type::Unigram);
    if (in_.model == "gpt2") return make_byte_level();
    if (in_.model == "gemma4") return make_merged_characters();
    if (in_.model == "bert") return make_wordpiece();
    throw Error(
        ErrorCode::Unsupported,
        format("{}: tokenizer.ggml.model: found {}, expected llama, gpt2, gemma4, bert or t5",
               in_.file, bantam::quoted(in_.model)));
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view found,
                         std::string_view expected) const {
    throw Error(ErrorCode::BadFile, format("{}: tokenizer.ggml.{}: found {}, expected {}", in_.file,
                                           key, found, expected));
  }

  void check_sizes() const {
    const std::size_t count = in_.tokens.size();
    if (count == 0 || count > limits::kTokenizerItemsMax) {
      fail("tokens", format("{} tokens", count), format("1 to {}", limits::kTokenizerItemsMax));
    }
    if (!in_.token_types.empty() && in_.token_types.size() != count) {
      fail("token_type", format("{} types", in_.token_types.size()),
           format("{}, one a token", count));
    }
    if (in_.merges.size() > limits::kTokenizerItemsMax) {
      fail("merges", format("{} merges", in_.merges.size()),
           format("at most {}", limits::kTokenizerItemsMax));
    }
    const std::pair<std::string_view, std::optional<TokenId>> ids[] = {
        {"bos_token_id", in_.bos},
        {"eos_token_id", in_.eos},
        {"eot_token_id", in_.eot},
        {"eom_token_id", in_.eom},
        {"unknown_token_id", in_.unknown},
        {"padding_token_id", in_.pad},
        {"seperator_token_id", in_.separator},
        {"cls_token_id", in_.cls},
        {"mask_token_id", in_.mask}};
    for (const auto& [key, id] : ids) {
      if (id && (*id < 0 || static_cast<std::size_t>(*id) >= count)) {
        fail(key, format("{}", *id), format("an id below {}", count));
      }
    }
  }

  void read_kinds() {
    kinds_.assign(in_.tokens.size(), TokenKind::Normal);
    for (std::size_t i = 0; i < in_.token_types.size(); ++i) {
      const std::int64_t type = in_.token_types[i];
      if (type < 0 || type > 6) fail("token_type", format("{} for token {}", type, i), "0 to 6");
      // 0 is "undefined"; it means an ordinary token.
      kinds_[i] = type == 0 ? TokenKind::Normal : static_cast<TokenKind>(type);
    }
  }

  // Phi-3's tokenizer.json makes added tokens swallow the white space after them; the GGUF does not
  // say so.
  bool strips_right(std::string_view token) const {
    const bool is_phi3 = in_.model_name.find("phi-3") != std::string::npos ||
                         in_.model_name.find("phi3") != std::string::npos ||
                         in_.model_name.find("Phi-3") != std::string::npos ||
                         in_.model_name.find("Phi3") != std::string::npos;
    return is_phi3 && token != "<unk>" && token != "<s>" && token != "<|endoftext|>";
  }

  AddedToken added_token(std::size_t i, bool normalized) const {
    AddedToken token;
    token.id = static_cast<TokenId>(i);
    token.content = std::string(in_.tokens[i]);
    token.special = kinds_[i] == TokenKind::Control || kinds_[i] == TokenKind::Unknown;
    token.normalized = normalized;
    token.right_strip = strips_right(in_.tokens[i]);
    return token;
  }

  bool can_be_added(std::size_t i) const {
    const std::string_view text = in_.tokens[i];
    return !text.empty() && text.size() <= limits::kAddedTokenBytesMax && is_valid_utf8(text);
  }

  Tokenizer make_sentencepiece(SentencePieceModel::Type type) {
    if (in_.scores.size() != in_.tokens.size()) {
      fail("scores", format("{} scores", in_.scores.size()),
           format("{}, one a token", in_.tokens.size()));
    }
    const bool is_bpe = type == SentencePieceModel::Type::Bpe;
    SentencePieceModel model;
    model.type = type;
    model.unknown = unknown_token(is_bpe ? 0 : 2);
    model.bos = in_.bos || !is_bpe ? in_.bos : token_or_none(1);
    model.eos = in_.eos ? in_.eos : token_or_none(is_bpe ? 2 : 1);
    model.pad = in_.pad;
    if (in_.token_types.empty()) guess_kinds(model);
    if (model.unknown) {
      // Other tokens of this kind are padding of the vocabulary.
      std::replace(kinds_.begin(), kinds_.end(), TokenKind::Unknown, TokenKind::Normal);
      kinds_[static_cast<std::size_t>(*model.unknown)] = TokenKind::Unknown;
    }
    for (std::size_t i = 0; i < in_.tokens.size(); ++i) {
      const std::string_view text = in_.tokens[i];
      model.pieces.push_back(text);
      if (!(in_.scores[i] >= -1e30 && in_.scores[i] <= 1e30)) {
        fail("scores", format("no finite number for token {}", i), "a finite number");
      }
      model.scores.push_back(static_cast<float>(in_.scores[i]));
      if (kinds_[i] == TokenKind::Byte) model.byte_fallback = true;
      const bool user_defined =
          kinds_[i] == TokenKind::UserDefined && text.find(kBlank) == text.npos;
      if ((user_defined || kinds_[i] == TokenKind::Control || kinds_[i] == TokenKind::Unknown) &&
          can_be_added(i)) {
        model.added.push_back(added_token(i, /*normalized=*/false));
      }
    }
    model.kinds = kinds_;
    model.add_dummy_prefix = in_.add_space_prefix.value_or(true);
    model.remove_extra_whitespaces = in_.remove_extra_whitespaces.value_or(false);
    if (!in_.precompiled_charsmap.empty()) {
      const auto* begin = reinterpret_cast<const char*>(in_.precompiled_charsmap.data());
      model.rules = std::make_shared<const Charsmap>(
          std::string_view(begin, in_.precompiled_charsmap.size()),
          format("{}: tokenizer.ggml.precompiled_charsmap", in_.file));
    }
    return finish(build_sentencepiece(std::move(model), in_.file), {is_bpe, !is_bpe});
  }

  // Some files name the begin-of-sequence token as the unknown one; the type then says which it is.
  std::optional<TokenId> unknown_token(TokenId otherwise) const {
    if (in_.unknown && in_.unknown != in_.bos && in_.unknown != in_.eos) return in_.unknown;
    const auto typed = std::find(kinds_.begin(), kinds_.end(), TokenKind::Unknown);
    if (typed != kinds_.end()) return static_cast<TokenId>(typed - kinds_.begin());
    return in_.unknown ? in_.unknown : token_or_none(otherwise);
  }

  std::optional<TokenId> token_or_none(TokenId id) const {
    return static_cast<std::size_t>(id) < in_.tokens.size() ? std::optional(id) : std::nullopt;
  }

  // Old files without types: "<0xNN>" are bytes, the tokens with a role are control tokens.
  void guess_kinds(const SentencePieceModel& model) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (byte_of_piece(in_.tokens[i]) >= 0) kinds_[i] = TokenKind::Byte;
    }
    for (const auto& id : {model.bos, model.eos}) {
      if (id) kinds_[static_cast<std::size_t>(*id)] = TokenKind::Control;
    }
  }

  std::vector<MergeText> read_merges() const {
    std::vector<MergeText> merges;
    merges.reserve(in_.merges.size());
    for (const std::string_view merge : in_.merges) {
      const std::size_t blank = merge.find(' ', 1);  // the left part may be a blank itself
      if (blank == merge.npos || blank + 1 == merge.size()) {
        fail("merges", bantam::quoted(merge), "two tokens with a blank between them");
      }
      merges.push_back({merge.substr(0, blank), merge.substr(blank + 1)});
    }
    return merges;
  }

  Tokenizer make_byte_level() {
    GgmlPreTokenizer pre = find_ggml_pretokenizer(in_.pre, in_.file);
    if (in_.nfc) {
      pre.normalizer.clear();
      if (*in_.nfc) pre.normalizer.emplace_back(NormalForm::Nfc);
    }
    auto tokens = std::make_shared<TokenList>();
    std::vector<AddedToken> added;
    for (std::size_t i = 0; i < in_.tokens.size(); ++i) {
      const std::string_view text = in_.tokens[i];
      const bool is_added = kinds_[i] == TokenKind::Control || kinds_[i] == TokenKind::UserDefined;
      tokens->pieces.push_back(text);
      const bool mapped = !is_added && is_valid_utf8(text);
      tokens->bytes.push_back(mapped ? bytes_of_alphabet(text).value_or(std::string(text)) : text);
      if (is_added && can_be_added(i)) {
        added.push_back(added_token(i, /*normalized=*/kinds_[i] == TokenKind::UserDefined));
      }
    }
    tokens->kinds = kinds_;
    BpeOptions options;
    options.byte_level = true;
    options.ignore_merges = pre.ignore_merges;
    TokenizerParts parts;
    parts.tokens = tokens;
    parts.normalizer = Normalizer(std::move(pre.normalizer));
    parts.pretokenizer = PreTokenizer(std::move(pre.steps));
    parts.model = build_ranked_bpe(*tokens, std::move(options), read_merges(), in_.file);
    parts.decoder = JoinBytes{};
    add_added_tokens(parts, added);
    parts.bos = in_.bos, parts.eos = in_.eos, parts.pad = in_.pad, parts.unknown = in_.unknown;
    return finish(std::move(parts), {pre.adds_bos, false});
  }

  // SentencePiece's pieces with a list of merges instead of scores.
  Tokenizer make_merged_characters() {
    auto tokens = std::make_shared<TokenList>();
    std::vector<AddedToken> added;
    for (std::size_t i = 0; i < in_.tokens.size(); ++i) {
      const std::string_view text = in_.tokens[i];
      const bool is_added = kinds_[i] == TokenKind::Control || kinds_[i] == TokenKind::UserDefined;
      const int byte = kinds_[i] == TokenKind::Byte ? byte_of_piece(text) : -1;
      tokens->pieces.push_back(text);
      tokens->bytes.push_back(byte >= 0  ? std::string(1, static_cast<char>(byte))
                              : is_added ? std::string(text)
                                         : replace_text(text, kBlank, " "));
      if (is_added && can_be_added(i)) added.push_back(added_token(i, /*normalized=*/false));
    }
    tokens->kinds = kinds_;
    BpeOptions options;
    options.byte_fallback = true;
    options.fuse_unknown = true;
    options.unknown = in_.unknown;
    TokenizerParts parts;
    parts.tokens = tokens;
    SentencePieceNormalization rules;
    rules.add_dummy_prefix = in_.add_space_prefix.value_or(false);
    parts.normalizer = Normalizer({rules});
    parts.model = build_ranked_bpe(*tokens, std::move(options), read_merges(), in_.file);
    parts.decoder = DecoderSteps{
        {ReplaceInPieces{std::string(kBlank), nullptr, " "}, ByteFallbackPieces{}, FusePieces{}},
        false};
    parts.strips_first_blank = rules.add_dummy_prefix;
    add_added_tokens(parts, added);
    parts.bos = in_.bos, parts.eos = in_.eos, parts.pad = in_.pad, parts.unknown = in_.unknown;
    return finish(std::move(parts), {true, false});
  }

  // GGUF marks the pieces that begin a word with U+2581, and leaves out the ## of the others.
  std::string word_piece(std::size_t i) const {
    const std::string_view text = in_.tokens[i];
    if (kinds_[i] == TokenKind::Control) return std::string(text);
    if (text.starts_with(kBlank)) return std::string(text.substr(kBlank.size()));
    const bool bracketed = text.starts_with('[') && text.ends_with(']');
    return bracketed ? std::string(text) : "##" + std::string(text);
  }

  Tokenizer make_wordpiece() {
    auto tokens = std::make_shared<TokenList>();
    std::vector<AddedToken> added;
    for (std::size_t i = 0; i < in_.tokens.size(); ++i) {
      const std::string piece = word_piece(i);
      const bool continues = piece.starts_with("##") && kinds_[i] != TokenKind::Control;
      tokens->pieces.push_back(piece);
      tokens->bytes.push_back(kinds_[i] == TokenKind::Control ? piece
                              : continues                     ? piece.substr(2)
                                                              : " " + piece);
      if (kinds_[i] == TokenKind::Control && can_be_added(i)) {
        added.push_back(added_token(i, /*normalized=*/false));
      }
    }
    tokens->kinds = kinds_;
    WordPieceParts word_parts;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const std::string_view piece = tokens->pieces[i];
      if (kinds_[i] != TokenKind::Control && is_valid_utf8(piece)) {
        word_parts.tokens.emplace_back(piece, static_cast<TokenId>(i));
      }
    }
    if (!in_.unknown) fail("unknown_token_id", "none", "the id of the unknown token");
    word_parts.unknown = *in_.unknown;
    TokenizerParts parts;
    parts.tokens = tokens;
    parts.normalizer = Normalizer({BertNormalization{}});
    parts.pretokenizer =
        PreTokenizer({ClassSplit{ClassSplit::Kind::WhiteSpace, SplitBehavior::Removed},
                      ClassSplit{ClassSplit::Kind::Punctuation, SplitBehavior::Isolated}});
    parts.model = std::make_unique<WordPieceModel>(word_parts);
    parts.decoder = DecoderSteps{{WordPiecePieces{"##", true}}, false};
    parts.strips_first_blank = true;
    add_added_tokens(parts, added);
    parts.bos = in_.bos ? in_.bos : in_.cls;
    parts.eos = in_.eos ? in_.eos : in_.separator;
    parts.pad = in_.pad, parts.unknown = in_.unknown;
    return finish(std::move(parts), {true, true});
  }

  struct Defaults {
    bool add_bos = false, add_eos = false;
  };
  Tokenizer finish(TokenizerParts parts, Defaults defaults) const {
    if (in_.add_bos.value_or(defaults.add_bos) && parts.bos) parts.before.push_back(*parts.bos);
    if (in_.add_eos.value_or(defaults.add_eos) && parts.eos) parts.after.push_back(*parts.eos);
    parts.end_of_generation = find_end_of_generation(*parts.tokens, {parts.eos, in_.eot, in_.eom});
    return Tokenizer(std::move(parts));
  }

  const Vocabulary& in_;
  std::vector<TokenKind> kinds_;
};

}  // namespace

Tokenizer tokenizer_from_vocabulary(const Vocabulary& vocabulary) {
  return Builder(vocabulary).make();
}

}  // namespace bantam::text
