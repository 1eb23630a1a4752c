#include "text/models/wordpiece.h"

#include <algorithm>

namespace bantam::text {

WordPieceModel::WordPieceModel(const WordPieceParts& parts)
    : word_characters_max_(parts.word_characters_max), unknown_(parts.unknown) {
  const std::string& prefix = parts.continuing_prefix;
  for (const auto& [text, id] : parts.tokens) {
    if (text.empty()) continue;
    first_.add(text, id);
    if (text.size() > prefix.size() && text.starts_with(prefix)) {
      continuing_.add(text.substr(prefix.size()), id);
    }
  }
}

void WordPieceModel::encode(std::string_view piece, EncodeScratch&,
                            std::vector<TokenId>& ids) const {
  const auto characters =
      std::count_if(piece.begin(), piece.end(), [](char b) { return (b & 0xC0) != 0x80; });
  const std::size_t before = ids.size();
  std::size_t at = 0;
  if (static_cast<std::size_t>(characters) <= word_characters_max_) {
    while (at < piece.size()) {
      const PrefixTrie::Match match = (at == 0 ? first_ : continuing_).longest(piece.substr(at));
      if (match.length == 0) break;
      ids.push_back(match.value);
      at += match.length;
    }
  }
  if (at == piece.size()) return;
  ids.resize(before);
  ids.push_back(unknown_);
}

}  // namespace bantam::text
