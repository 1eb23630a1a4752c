#include "text/models/unigram.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "text/unicode/utf8.h"

namespace bantam::text {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the least likely token
constexpr std::int32_t kUnknownEntry = -1;
constexpr std::size_t kNowhere = ~std::size_t{0};

}  // namespace

UnigramModel::UnigramModel(const UnigramParts& parts)
    : unknown_(parts.unknown),
      byte_fallback_(parts.byte_fallback),
      single_precision_(parts.single_precision),
      byte_tokens_(parts.byte_tokens) {
  double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
  for (const UnigramParts::Piece& piece : parts.pieces) {
    if (piece.kind == TokenKind::Normal) {
      low = std::min(low, piece.score);
      high = std::max(high, piece.score);
    }
    if (piece.text.empty() || piece.text.size() > limits::kAddedTokenBytesMax) continue;
    if (piece.kind == TokenKind::Unused) continue;
    trie_.add(piece.text, static_cast<std::int32_t>(entries_.size()));
    entries_.push_back({piece.id, piece.score, piece.kind == TokenKind::UserDefined});
  }
  best_score_ = high;
  unknown_score_ = low - kUnknownPenalty;
}

void UnigramModel::encode(std::string_view piece, EncodeScratch&, std::vector<TokenId>& ids) const {
  struct Node {
    double score = 0;
    std::size_t begin = kNowhere;
    std::int32_t entry = kUnknownEntry;
  };
  std::vector<Node> ends(piece.size() + 1);  // the best way to each place
  const auto offer = [&](std::size_t begin, std::size_t end, double score, std::int32_t entry) {
    const double sum = ends[begin].score + score;
    const double candidate = single_precision_ ? static_cast<double>(static_cast<float>(sum)) : sum;
    if (ends[end].begin != kNowhere && !(candidate > ends[end].score)) return;
    ends[end] = {candidate, begin, entry};
  };
  for (std::size_t begin = 0; begin < piece.size();) {
    const std::size_t character = read_valid(piece.data() + begin).length;
    bool has_single = false;
    trie_.for_each(piece.substr(begin), [&](std::size_t length, std::int32_t index) {
      const Entry& entry = entries_[static_cast<std::size_t>(index)];
      const double score =
          entry.user_defined ? static_cast<double>(length) * best_score_ - 0.1 : entry.score;
      offer(begin, begin + length, score, index);
      has_single = has_single || length == character;
    });
    if (!has_single) offer(begin, begin + character, unknown_score_, kUnknownEntry);
    begin += character;
  }
  std::vector<std::size_t> path;  // where each token ends, last first
  for (std::size_t end = piece.size(); end > 0; end = ends[end].begin) path.push_back(end);
  std::size_t unknown_begin = kNowhere;
  for (auto end = path.rbegin(); end != path.rend(); ++end) {
    const Node& node = ends[*end];
    if (node.entry == kUnknownEntry) {
      if (unknown_begin == kNowhere) unknown_begin = node.begin;
    } else {
      if (unknown_begin != kNowhere) {
        append_unknown(piece.substr(unknown_begin, node.begin - unknown_begin), ids);
      }
      unknown_begin = kNowhere;
      ids.push_back(entries_[static_cast<std::size_t>(node.entry)].id);
    }
  }
  if (unknown_begin != kNowhere) append_unknown(piece.substr(unknown_begin), ids);
}

void UnigramModel::append_unknown(std::string_view characters, std::vector<TokenId>& ids) const {
  const auto token = [this](char b) { return byte_tokens_[static_cast<unsigned char>(b)]; };
  if (byte_fallback_ &&
      std::all_of(characters.begin(), characters.end(), [&](char b) { return token(b) >= 0; })) {
    for (const char byte : characters) ids.push_back(token(byte));
  } else if (unknown_) {
    ids.push_back(*unknown_);
  }
}

}  // namespace bantam::text
