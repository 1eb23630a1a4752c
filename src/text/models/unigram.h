// Unigram language model segmentation (Kudo 2018): the most likely sequence of tokens.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "text/models/prefix_trie.h"
#include "text/models/subword_model.h"
#include "text/models/token_table.h"

namespace bantam::text {

struct UnigramParts {
  struct Piece {
    std::string_view text;
    TokenId id = 0;
    double score = 0;                    // log probability
    TokenKind kind = TokenKind::Normal;  // Normal, UserDefined or Unused
  };
  std::vector<Piece> pieces;
  std::optional<TokenId> unknown;
  bool byte_fallback = false;
  bool single_precision = false;  // sums are rounded to float, as SentencePiece does
  std::array<TokenId, 256> byte_tokens{};
};

// Time: linear in the text times the longest token. Immutable: any thread.
class UnigramModel final : public SubwordModel {
 public:
  explicit UnigramModel(const UnigramParts& parts);
  void encode(std::string_view piece, EncodeScratch& scratch,
              std::vector<TokenId>& ids) const override;

 private:
  class Search;
  void append_unknown(std::string_view characters, std::vector<TokenId>& ids) const;

  struct Entry {
    TokenId id = 0;
    double score = 0;
    bool user_defined = false;
  };
  PrefixTrie trie_;
  std::vector<Entry> entries_;
  std::optional<TokenId> unknown_;
  bool byte_fallback_, single_precision_;
  std::array<TokenId, 256> byte_tokens_;
  double best_score_ = 0, unknown_score_ = 0;
};

}  // namespace bantam::text
