// Byte pair encoding (Sennrich, Haddow, Birch 2016): pairs of symbols are joined, best rank first.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/models/flat_map.h"
#include "text/models/prefix_trie.h"
#include "text/models/subword_model.h"
#include "text/models/token_table.h"

namespace bantam::text {

// Symbols are token ids, or ids from the vocabulary's size on for characters that only longer
// tokens hold.
struct BpeMerge {
  TokenId left = 0, right = 0;
  std::uint32_t rank = 0;  // low joins first; equal ranks join from the left
  TokenId result = 0;
};

// How characters become the first symbols, and what becomes of those without a token.
struct BpeOptions {
  bool byte_level = false;         // first symbols are bytes, not characters
  bool byte_fallback = false;      // a character without a token becomes its byte tokens
  bool fuse_unknown = false;       // neighbouring unknown characters become one unknown token
  bool ignore_merges = false;      // a piece that is a token needs no merging
  bool plain_bytes = false;        // SentencePiece: byte and unknown tokens never merge
  std::optional<TokenId> unknown;  // absent: characters without a token are dropped
  std::string continuing_prefix;   // before every character but the first of a piece
  std::string end_suffix;          // after the last character of a piece
};

// What a BpeModel is made of. `tokens` names every token that text may become.
struct BpeParts {
  BpeOptions options;
  TokenIndex tokens;  // with byte_level, keys are bytes; views must outlive the model
  std::vector<std::string> extra_characters;  // the symbols from `vocabulary_size` on
  std::vector<BpeMerge> merges;               // a pair that comes twice: the last one counts
  std::array<TokenId, 256> byte_tokens{};     // token of each byte, or -1
  std::vector<std::pair<std::string, TokenId>> user_defined;  // matched whole, never merged
  // Tokens that may take part in merging but not stay: the two symbols each is taken apart into.
  std::unordered_map<TokenId, std::pair<TokenId, TokenId>> split_again;
  TokenId vocabulary_size = 0;
};

// Time: linear in the text, but for sorting within words of many thousand letters. Immutable: any
// thread.
class BpeModel final : public SubwordModel {
 public:
  explicit BpeModel(BpeParts parts);
  void encode(std::string_view piece, EncodeScratch& scratch,
              std::vector<TokenId>& ids) const override;

 private:
  struct Join {
    std::uint32_t rank = 0;
    TokenId result = 0;
  };
  static constexpr std::uint32_t kNoRank = ~std::uint32_t{0};

  const Join* find_join(TokenId left, TokenId right) const;
  void find_word_boundaries();
  bool stand_ins_merge() const;
  std::optional<TokenId> character_symbol(std::string_view character) const;
  void encode_word(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& ids) const;
  void first_symbols(std::string_view word, std::vector<TokenId>& symbols) const;
  void character_symbols(std::string_view word, std::vector<TokenId>& symbols) const;
  bool byte_symbols(std::string_view character, std::vector<TokenId>& symbols) const;
  void merge_short(EncodeScratch& scratch) const;
  void merge_long(EncodeScratch& scratch) const;
  void append_tokens(const std::vector<TokenId>& symbols, std::vector<TokenId>& ids) const;
  void append_token(TokenId symbol, std::vector<TokenId>& ids) const;
  void append_extra_character(TokenId symbol, std::vector<TokenId>& ids) const;

  BpeParts parts_;
  FlatMap<Join> joins_;
  std::uint32_t rank_count_ = 0;      // one more than the highest rank
  FlatMap<TokenId> characters_;       // code point to symbol
  std::array<TokenId, 128> ascii_{};  // the same for ASCII, or -1
  PrefixTrie user_defined_;
  bool splits_words_ = false;      // text may be cut in front of U+2581 …
  FlatMap<char> joined_to_blank_;  // … except after these code points
};

}  // namespace bantam::text
