#include "text/models/unigram.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "base/utf8.h"

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

// The best way through a piece, by Viterbi. Where no token reaches past a place, every way goes
// through it: what lies before is settled and forgotten, so that memory stays small.
class UnigramModel::Search {
 public:
  Search(const UnigramModel& model, std::string_view piece, std::vector<TokenId>& ids)
      : model_(model), piece_(piece), ids_(ids), ends_(1) {}

  void run() {
    for (std::size_t begin = 0; begin < piece_.size();) {
      if (begin == furthest_) settle(begin);
      const std::size_t character = read_valid_utf8(piece_.data() + begin).length;
      bool has_single = false;
      model_.trie_.for_each(piece_.substr(begin), [&](std::size_t length, std::int32_t index) {
        const Entry& entry = model_.entries_[static_cast<std::size_t>(index)];
        const double score = entry.user_defined
                                 ? static_cast<double>(length) * model_.best_score_ - 0.1
                                 : entry.score;
        offer(begin, begin + length, score, index);
        has_single = has_single || length == character;
      });
      if (!has_single) offer(begin, begin + character, model_.unknown_score_, kUnknownEntry);
      begin += character;
    }
    settle(piece_.size());
    finish_unknown(piece_.size());
  }

 private:
  struct Node {
    double score = 0;
    std::size_t begin = kNowhere;
    std::int32_t entry = kUnknownEntry;
  };

  void offer(std::size_t begin, std::size_t end, double score, std::int32_t entry) {
    if (end > furthest_) {
      furthest_ = end;
      ends_.resize(end - settled_ + 1);
    }
    const double sum = ends_[begin - settled_].score + score;
    const double candidate =
        model_.single_precision_ ? static_cast<double>(static_cast<float>(sum)) : sum;
    Node& node = ends_[end - settled_];
    if (node.begin == kNowhere || candidate > node.score) node = {candidate, begin, entry};
  }

  // Appends the tokens of the best way to `place`.
  void settle(std::size_t place) {
    path_.clear();
    for (std::size_t end = place; end > settled_; end = ends_[end - settled_].begin)
      path_.push_back(end);
    for (auto end = path_.rbegin(); end != path_.rend(); ++end) {
      const Node& node = ends_[*end - settled_];
      if (node.entry == kUnknownEntry) {
        unknown_begin_ = std::min(unknown_begin_, node.begin);
      } else {
        finish_unknown(node.begin);
        ids_.push_back(model_.entries_[static_cast<std::size_t>(node.entry)].id);
      }
    }
    const double score = ends_[place - settled_].score;
    ends_.assign(1, Node{score});
    settled_ = furthest_ = place;
  }

  // Characters of no token in a row are one unknown.
  void finish_unknown(std::size_t end) {
    if (unknown_begin_ == kNowhere) return;
    model_.append_unknown(piece_.substr(unknown_begin_, end - unknown_begin_), ids_);
    unknown_begin_ = kNowhere;
  }

  const UnigramModel& model_;
  std::string_view piece_;
  std::vector<TokenId>& ids_;
  std::vector<Node> ends_;         // the best way to each place from settled_ to furthest_
  std::vector<std::size_t> path_;  // where each token ends, last first
  std::size_t settled_ = 0;
  std::size_t furthest_ = 0;
  std::size_t unknown_begin_ = kNowhere;
};

void UnigramModel::encode(std::string_view piece, EncodeScratch&, std::vector<TokenId>& ids) const {
  Search(*this, piece, ids).run();
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
