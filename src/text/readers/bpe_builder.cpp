#include "text/readers/bpe_builder.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::text {
namespace {

// Longer tokens are never the result of a merge: the pairs of a token are tried one by one.
constexpr std::size_t kMergedBytesMax = 1024;
// Sum of the squares of the lengths of all tokens: the bytes hashed. Gemma's 256,000 tokens need
// 2^25.
constexpr std::size_t kHashedBytesMax = std::size_t{1} << 31;

TokenId id_of(std::size_t i) { return static_cast<TokenId>(i); }

// The tokens that text can become: by bytes for byte-level models, by stored text otherwise.
TokenIndex text_tokens(const TokenList& tokens, bool byte_level) {
  TokenIndex index;
  for (std::size_t i = 0; i < tokens.kinds.size(); ++i) {
    if (tokens.kinds[i] == TokenKind::Absent || tokens.kinds[i] == TokenKind::Control) continue;
    index.try_emplace(byte_level ? tokens.bytes[i] : tokens.pieces[i], id_of(i));
  }
  return index;
}

std::array<TokenId, 256> find_alphabet_pieces(const TokenIndex& pieces) {
  std::array<TokenId, 256> ids;
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = pieces.find(to_utf8(byte_to_alphabet(static_cast<unsigned char>(byte))));
    ids[static_cast<std::size_t>(byte)] = found == pieces.end() ? -1 : found->second;
  }
  return ids;
}

// Splits every token in two in all ways whose halves are symbols themselves.
class PairFinder {
 public:
  PairFinder(const TokenList& tokens, const std::vector<float>& scores, BpeParts& parts)
      : tokens_(tokens), scores_(scores), parts_(parts) {}

  void run(std::string_view file) {
    std::vector<TokenId> joined;
    std::size_t hashed_bytes = 0;
    for (const auto& [text, id] : parts_.tokens) {
      if (text.size() > kMergedBytesMax || !is_valid_utf8(text)) continue;
      joined.push_back(id);
      hashed_bytes += text.size() * text.size();
    }
    if (hashed_bytes > kHashedBytesMax) {
      throw Error(ErrorCode::BadFile,
                  format("{}: tokens: found too many of hundreds of bytes, expected words", file));
    }
    std::sort(joined.begin(), joined.end());
    for (const TokenId id : joined) add_extra_characters(text(id));
    rank_by_score(joined);
    for (const TokenId id : joined) add_pairs(id);
  }

 private:
  std::string_view text(TokenId id) const { return tokens_.pieces[static_cast<std::size_t>(id)]; }
  float score(TokenId id) const { return scores_[static_cast<std::size_t>(id)]; }

  void add_extra_characters(std::string_view token) {
    for (std::size_t i = 0; i < token.size();) {
      const std::string_view character = token.substr(i, read_valid_utf8(token.data() + i).length);
      i += character.size();
      if (character.size() == token.size() || parts_.tokens.contains(character)) continue;
      const auto symbol = parts_.vocabulary_size + id_of(parts_.extra_characters.size());
      if (extra_.try_emplace(std::string(character), symbol).second) {
        parts_.extra_characters.emplace_back(character);
      }
    }
  }

  void rank_by_score(std::vector<TokenId> ids) {
    std::sort(ids.begin(), ids.end(), [this](TokenId a, TokenId b) { return score(a) > score(b); });
    ranks_.resize(tokens_.kinds.size());
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i > 0 && score(ids[i]) != score(ids[i - 1])) ++rank;
      ranks_[static_cast<std::size_t>(ids[i])] = rank;
    }
  }

  TokenId symbol(std::string_view part) const {
    if (const auto found = parts_.tokens.find(part); found != parts_.tokens.end())
      return found->second;
    if (read_valid_utf8(part.data()).length != part.size()) return -1;
    const auto found = extra_.find(std::string(part));
    return found == extra_.end() ? -1 : found->second;
  }

  void add_pairs(TokenId id) {
    const std::string_view whole = text(id);
    if (whole.empty()) return;
    for (std::size_t cut = read_valid_utf8(whole.data()).length; cut < whole.size();
         cut += read_valid_utf8(whole.data() + cut).length) {
      const TokenId left = symbol(whole.substr(0, cut));
      if (left < 0) continue;
      const TokenId right = symbol(whole.substr(cut));
      if (right < 0) continue;
      const auto rank = ranks_[static_cast<std::size_t>(id)];
      parts_.merges.push_back({left, right, rank, id});
      if (tokens_.kinds[static_cast<std::size_t>(id)] == TokenKind::Unused) {
        parts_.split_again.try_emplace(id, left, right);
      }
    }
  }

  const TokenList& tokens_;
  const std::vector<float>& scores_;
  BpeParts& parts_;
  std::unordered_map<std::string, TokenId> extra_;
  std::vector<std::uint32_t> ranks_;
};

}  // namespace

TokenIndex index_pieces(const TokenList& tokens, std::string_view file) {
  TokenIndex index;
  index.reserve(tokens.kinds.size());
  for (std::size_t i = 0; i < tokens.kinds.size(); ++i) {
    if (tokens.kinds[i] == TokenKind::Absent) continue;
    const auto [first, added] = index.try_emplace(tokens.pieces[i], id_of(i));
    if (!added) {
      throw Error(ErrorCode::BadFile,
                  format("{}: token {}: found it as {} and as {}, expected each token once", file,
                         bantam::quoted(tokens.pieces[i]), first->second, i));
    }
  }
  return index;
}

std::array<TokenId, 256> find_byte_pieces(const TokenIndex& pieces) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::array<TokenId, 256> ids;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::string piece{'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'};
    const auto found = pieces.find(piece);
    ids[byte] = found == pieces.end() ? -1 : found->second;
  }
  return ids;
}

std::unique_ptr<const SubwordModel> build_ranked_bpe(const TokenList& tokens, BpeOptions options,
                                                     const std::vector<MergeText>& merges,
                                                     std::string_view file) {
  const TokenIndex pieces = index_pieces(tokens, file);
  BpeParts parts;
  parts.vocabulary_size = id_of(tokens.kinds.size());
  parts.byte_tokens = options.byte_level ? find_alphabet_pieces(pieces) : find_byte_pieces(pieces);
  if (!options.byte_level || options.ignore_merges) {
    parts.tokens = text_tokens(tokens, options.byte_level);
  }
  const auto find = [&](std::string_view piece, std::size_t merge) {
    const auto found = pieces.find(piece);
    if (found == pieces.end()) {
      throw Error(ErrorCode::BadFile,
                  format("{}: merge {}, {} and {}: found {}, which is no token, expected a token",
                         file, merge, bantam::quoted(merges[merge].left),
                         bantam::quoted(merges[merge].right), bantam::quoted(piece)));
    }
    return found->second;
  };
  std::string result;
  parts.merges.reserve(merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto [left, right] = merges[i];
    const bool continues =
        !options.continuing_prefix.empty() && right.starts_with(options.continuing_prefix);
    result = left;
    result += continues ? right.substr(options.continuing_prefix.size()) : right;
    const TokenId id = find(result, i);
    const BpeMerge merge{find(left, i), find(right, i), static_cast<std::uint32_t>(i), id};
    // Plain text must not spell a control token, not even by merging.
    if (tokens.kinds[static_cast<std::size_t>(id)] != TokenKind::Control)
      parts.merges.push_back(merge);
  }
  parts.options = std::move(options);
  return std::make_unique<BpeModel>(std::move(parts));
}

std::unique_ptr<const SubwordModel> build_scored_bpe(
    const TokenList& tokens, BpeOptions options, const std::vector<float>& scores,
    std::vector<std::pair<std::string, TokenId>> user_defined, std::string_view file) {
  BpeParts parts;
  parts.vocabulary_size = id_of(tokens.kinds.size());
  parts.user_defined = std::move(user_defined);
  parts.byte_tokens.fill(-1);
  for (std::size_t i = 0; i < tokens.kinds.size(); ++i) {
    const TokenKind kind = tokens.kinds[i];
    if (kind == TokenKind::Byte) {
      if (const int byte = byte_of_piece(tokens.pieces[i]); byte >= 0) {
        parts.byte_tokens[static_cast<std::size_t>(byte)] = id_of(i);
      }
    }
    if (kind == TokenKind::Normal || kind == TokenKind::UserDefined || kind == TokenKind::Unused) {
      parts.tokens.try_emplace(tokens.pieces[i], id_of(i));
    }
  }
  PairFinder(tokens, scores, parts).run(file);
  parts.options = std::move(options);
  return std::make_unique<BpeModel>(std::move(parts));
}

}  // namespace bantam::text
