// The tokens of a vocabulary by their bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/token_id.h"
#include "text/tokenizer.h"

namespace bantam::grammar {

// A trie laid out depth first, so that a walk goes through memory from front to back and leaves out
// a branch with one jump. Holds the tokens that add bytes to a text: neither control tokens nor
// unknown ones. Immutable: any thread.
class VocabularyTrie {
 public:
  struct Node {
    std::uint32_t next;         // the first node past this one's branch
    std::uint32_t first_token;  // up to the first token of the node after this one
    std::uint16_t depth;
    std::uint8_t byte;
  };
  // Tokens past it are left out: no text needs them.
  static constexpr std::size_t kTokenBytesMax = 1024;

  explicit VocabularyTrie(const text::Tokenizer& tokenizer);
  // Of tokens that are these bytes, in the order of their ids; empty ones are left out.
  explicit VocabularyTrie(std::span<const std::string> tokens);

  std::span<const Node> nodes() const { return std::span(nodes_).first(nodes_.size() - 1); }
  std::span<const text::TokenId> tokens(std::uint32_t node) const {
    return std::span(tokens_).subspan(nodes_[node].first_token,
                                      nodes_[node + 1].first_token - nodes_[node].first_token);
  }
  // The bytes of a token that is in the trie; empty for any other.
  std::string_view bytes(text::TokenId token) const;
  std::size_t vocabulary_size() const { return offsets_.size() - 1; }
  std::size_t longest_token_bytes() const { return longest_; }
  // The branch of tokens that begin with this byte, or 0: the root has no byte.
  std::uint32_t branch(std::uint8_t byte) const;
  // Tokens of more than kShortBytes bytes.
  static constexpr std::size_t kShortBytes = 16;
  std::span<const text::TokenId> long_tokens() const { return long_tokens_; }

 private:
  void build();

  std::string bytes_;
  std::vector<std::uint32_t> offsets_;  // of each token in bytes_, and the end
  std::vector<Node> nodes_;             // and one past the last
  std::vector<text::TokenId> tokens_, long_tokens_;
  std::size_t longest_ = 0;
};

}  // namespace bantam::grammar
