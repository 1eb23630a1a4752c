#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/models/unigram.h"
#include "text/pipeline/replace_text.h"
#include "text/readers/bpe_builder.h"
#include "text/readers/sentencepiece_model.h"

namespace bantam::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581

std::string shown_bytes(const SentencePieceModel& model, std::size_t i) {
  const std::string_view piece = model.pieces[i];
  switch (model.kinds[i]) {
    case TokenKind::Control:
    case TokenKind::Absent:
      return {};
    case TokenKind::Unknown:
      return model.unknown_surface;
    case TokenKind::Byte:
      if (const int byte = byte_of_piece(piece); byte >= 0) return {static_cast<char>(byte)};
      return std::string(piece);
    default:
      break;
  }
  return replace_text(piece, kBlank, " ");
}

void check_ids(SentencePieceModel& model, std::string_view file) {
  for (std::optional<TokenId>* id : {&model.unknown, &model.bos, &model.eos, &model.pad}) {
    if (*id && static_cast<std::size_t>(**id) >= model.kinds.size()) *id = std::nullopt;
  }
  if (!model.unknown ||
      model.kinds[static_cast<std::size_t>(*model.unknown)] != TokenKind::Unknown) {
    const auto found = std::find(model.kinds.begin(), model.kinds.end(), TokenKind::Unknown);
    if (found == model.kinds.end()) {
      throw Error(ErrorCode::BadFile,
                  format("{}: pieces: found none of type unknown, expected one", file));
    }
    model.unknown = static_cast<TokenId>(found - model.kinds.begin());
  }
}

std::vector<bool> added_ids(const SentencePieceModel& model) {
  std::vector<bool> is_added(model.kinds.size());
  for (const AddedToken& token : model.added) is_added[static_cast<std::size_t>(token.id)] = true;
  return is_added;
}

// Pieces that are matched whole in normalized text.
std::vector<std::pair<std::string, TokenId>> user_defined_pieces(const SentencePieceModel& model) {
  const std::vector<bool> is_added = added_ids(model);
  std::vector<std::pair<std::string, TokenId>> result;
  for (std::size_t i = 0; i < model.kinds.size(); ++i) {
    const std::string_view piece = model.pieces[i];
    if (model.kinds[i] != TokenKind::UserDefined || is_added[i]) continue;
    if (!piece.empty() && is_valid_utf8(piece)) {
      result.emplace_back(piece, static_cast<TokenId>(i));
    }
  }
  return result;
}

std::unique_ptr<const SubwordModel> make_unigram(const SentencePieceModel& model,
                                                 const TokenList& tokens) {
  UnigramParts parts;
  parts.single_precision = true;
  parts.unknown = model.unknown;
  parts.byte_fallback = model.byte_fallback;
  parts.byte_tokens.fill(-1);
  for (std::size_t i = 0; i < tokens.kinds.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const TokenKind kind = tokens.kinds[i];
    if (kind == TokenKind::Byte) {
      if (const int byte = byte_of_piece(tokens.pieces[i]); byte >= 0) {
        parts.byte_tokens[static_cast<std::size_t>(byte)] = id;
      }
    } else if (kind != TokenKind::Control && kind != TokenKind::Unknown &&
               is_valid_utf8(tokens.pieces[i])) {
      parts.pieces.push_back({tokens.pieces[i], id, model.scores[i], kind});
    }
  }
  return std::make_unique<UnigramModel>(parts);
}

SentencePieceNormalization normalization(
    const SentencePieceModel& model,
    const std::vector<std::pair<std::string, TokenId>>& user_defined) {
  SentencePieceNormalization rules;
  rules.rules = model.rules;
  if (!user_defined.empty() && model.rules != nullptr) {
    auto kept = std::make_shared<PrefixTrie>();
    for (const auto& [text, id] : user_defined) kept->add(text, id);
    rules.kept = std::move(kept);
  }
  rules.add_dummy_prefix = model.add_dummy_prefix;
  rules.remove_extra_whitespaces = model.remove_extra_whitespaces;
  rules.escape_whitespaces = model.escape_whitespaces;
  rules.whitespace_as_suffix = model.whitespace_as_suffix;
  return rules;
}

// The tokens to look for in a text: those that the model names, and its other control pieces.
std::vector<AddedToken> all_added_tokens(const SentencePieceModel& model) {
  const std::vector<bool> is_added = added_ids(model);
  std::vector<AddedToken> added = model.added;
  for (std::size_t i = 0; i < model.kinds.size(); ++i) {
    if (model.kinds[i] != TokenKind::Control || is_added[i]) continue;
    AddedToken token;
    token.id = static_cast<TokenId>(i);
    token.content = std::string(model.pieces[i]);
    token.normalized = false;
    token.special = true;
    added.push_back(std::move(token));
  }
  std::erase_if(added, [](const AddedToken& token) { return !is_valid_utf8(token.content); });
  return added;
}

}  // namespace

TokenizerParts build_sentencepiece(SentencePieceModel model, std::string_view file) {
  using Type = SentencePieceModel::Type;
  if (model.type != Type::Bpe && model.type != Type::Unigram) {
    throw Error(ErrorCode::Unsupported, format("{}: model_type: found {}, expected BPE or Unigram",
                                               file, model.type == Type::Word ? "Word" : "Char"));
  }
  check_ids(model, file);
  auto user_defined = user_defined_pieces(model);
  const std::vector<AddedToken> added = all_added_tokens(model);
  auto tokens = std::make_shared<TokenList>();
  for (std::size_t i = 0; i < model.kinds.size(); ++i) {
    tokens->bytes.push_back(shown_bytes(model, i));
  }
  tokens->pieces = std::move(model.pieces);
  tokens->kinds = std::move(model.kinds);

  TokenizerParts parts;
  parts.tokens = tokens;
  parts.normalizer = Normalizer({normalization(model, user_defined)});
  parts.strips_first_blank = model.add_dummy_prefix && !model.whitespace_as_suffix;
  parts.decoder = SentencePieceDecoding{parts.strips_first_blank, model.remove_extra_whitespaces};
  parts.bos = model.bos, parts.eos = model.eos, parts.pad = model.pad;
  parts.unknown = model.unknown;
  if (model.type == Type::Bpe) {
    BpeOptions options;
    options.byte_fallback = model.byte_fallback;
    options.fuse_unknown = true;
    options.plain_bytes = true;
    options.unknown = model.unknown;
    parts.model =
        build_scored_bpe(*tokens, std::move(options), model.scores, std::move(user_defined), file);
  } else {
    parts.model = make_unigram(model, *tokens);
  }
  add_added_tokens(parts, added);
  parts.end_of_generation = find_end_of_generation(*tokens, {parts.eos});
  return parts;
}

}  // namespace bantam::text
