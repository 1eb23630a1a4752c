// WordPiece (Schuster and Nakajima 2012, as BERT uses it): the longest token that fits, from the
// left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/models/prefix_trie.h"
#include "text/models/subword_model.h"

namespace bantam::text {

struct WordPieceParts {
  std::vector<std::pair<std::string_view, TokenId>> tokens;
  std::string continuing_prefix = "##";   // marks tokens that do not begin a word
  std::size_t word_characters_max = 100;  // a longer word is unknown
  TokenId unknown = 0;
};

// Immutable: any thread.
class WordPieceModel final : public SubwordModel {
 public:
  explicit WordPieceModel(const WordPieceParts& parts);
  void encode(std::string_view piece, EncodeScratch& scratch,
              std::vector<TokenId>& ids) const override;

 private:
  PrefixTrie first_, continuing_;
  std::size_t word_characters_max_;
  TokenId unknown_;
};

}  // namespace bantam::text
