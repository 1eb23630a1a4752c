#include "text/grammar/vocabulary_trie.h"

#include <algorithm>
#include <utility>

namespace bantam::grammar {

VocabularyTrie::VocabularyTrie(const text::Tokenizer& tokenizer) {
  offsets_.push_back(0);
  for (text::TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    const std::string_view bytes = tokenizer.token_bytes(id);
    const bool counts = !tokenizer.is_special(id) && !tokenizer.is_end_of_generation(id);
    if (counts && bytes.size() <= kTokenBytesMax) bytes_ += bytes;
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  build();
}

VocabularyTrie::VocabularyTrie(std::span<const std::string> tokens) {
  offsets_.push_back(0);
  for (const std::string& token : tokens) {
    if (token.size() <= kTokenBytesMax) bytes_ += token;
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  build();
}

std::string_view VocabularyTrie::bytes(text::TokenId token) const {
  if (token < 0 || static_cast<std::size_t>(token) >= vocabulary_size()) return {};
  const auto at = static_cast<std::size_t>(token);
  return std::string_view(bytes_).substr(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

void VocabularyTrie::build() {
  for (std::size_t id = 0; id < vocabulary_size(); ++id) {
    const auto token = static_cast<text::TokenId>(id);
    const std::size_t size = bytes(token).size();
    if (size == 0) continue;
    tokens_.push_back(token);
    longest_ = std::max(longest_, size);
  }
  std::sort(tokens_.begin(), tokens_.end(), [this](text::TokenId a, text::TokenId b) {
    return std::pair(bytes(a), a) < std::pair(bytes(b), b);
  });
  nodes_.push_back({0, 0, 0, 0});
  std::vector<std::uint32_t> path{0};  // nodes of the bytes of the last token
  std::string_view last;
  for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
    const std::string_view text = bytes(tokens_[i]);
    if (text.size() > kShortBytes) long_tokens_.push_back(tokens_[i]);
    const auto common = static_cast<std::size_t>(
        std::mismatch(text.begin(), text.end(), last.begin(), last.end()).first - text.begin());
    while (path.size() > common + 1) {
      nodes_[path.back()].next = static_cast<std::uint32_t>(nodes_.size());
      path.pop_back();
    }
    for (std::size_t b = common; b < text.size(); ++b) {
      path.push_back(static_cast<std::uint32_t>(nodes_.size()));
      nodes_.push_back(
          {0, i, static_cast<std::uint16_t>(b + 1), static_cast<std::uint8_t>(text[b])});
    }
    last = text;
  }
  for (const std::uint32_t node : path)
    nodes_[node].next = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({0, static_cast<std::uint32_t>(tokens_.size()), 0, 0});
}

std::uint32_t VocabularyTrie::branch(std::uint8_t byte) const {
  for (std::uint32_t node = 1; node + 1 < nodes_.size(); node = nodes_[node].next) {
    if (nodes_[node].byte == byte) return node;
  }
  return 0;
}

}  // namespace bantam::grammar
