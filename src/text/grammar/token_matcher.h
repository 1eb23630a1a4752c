// Which tokens may come next in a text that follows a grammar.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "text/grammar/grammar.h"
#include "text/grammar/recognizer.h"
#include "text/grammar/vocabulary_trie.h"

namespace bantam::grammar {

// What one state allows whatever called its rule. As in XGrammar (Dong and others, 2024) most
// tokens are decided by the state alone; the others go on where the rule has ended.
struct StateTokens {
  std::vector<std::uint64_t> mask;        // of allowed tokens, where they are many, or
  std::vector<text::TokenId> tokens;      // the tokens
  std::vector<std::uint32_t> goes_on_at;  // nodes of the trie where the rule may have ended
  bool is_exact = true;   // false: holds for tokens of at most VocabularyTrie::kShortBytes
  bool is_useful = true;  // false: so much goes on that a walk from the start is faster
};

// A grammar over a vocabulary, for any number of texts at once. Any thread; what states allow is
// computed once and kept, at most kCacheBytesMax of it.
class TokenGrammar {
 public:
  static constexpr std::size_t kCacheBytesMax = 64 << 20;

  // Computes ahead what states with many choices allow: milliseconds each in a large vocabulary.
  TokenGrammar(Grammar grammar, std::shared_ptr<const VocabularyTrie> vocabulary);

  const Grammar& grammar() const { return grammar_; }
  const VocabularyTrie& vocabulary() const { return *vocabulary_; }

 private:
  friend class TokenMatcher;
  // A state, how far its counter is from its ends, as far as that matters, and whether nothing
  // follows its rule.
  struct Key {
    Grammar::StateId state;
    std::uint32_t needed, left;
    bool is_last;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<bool> states_of_root() const;
  std::shared_ptr<const StateTokens> find(const Key& key) const;
  void keep(const Key& key, std::shared_ptr<const StateTokens> tokens) const;

  Grammar grammar_;
  std::shared_ptr<const VocabularyTrie> vocabulary_;
  mutable std::mutex mutex_;  // guards the two members below
  mutable std::map<Key, std::shared_ptr<const StateTokens>> cache_;
  mutable std::size_t cached_bytes_ = 0;
};

// One text under a grammar. One thread at a time.
class TokenMatcher {
 public:
  // `stop_ids` are allowed where the text is complete, and nowhere else. With `drops_first_blank`
  // a blank at the very start of the text does not count (Tokenizer::strips_first_blank).
  TokenMatcher(std::shared_ptr<const TokenGrammar> grammar, std::vector<text::TokenId> stop_ids,
               bool drops_first_blank = false);

  // A bit for each token: id % 64 of word id / 64. Valid until the next call of a member.
  std::span<const std::uint64_t> allowed();
  // Takes a token that allowed() has; false, and nothing changes, for one that cannot come.
  bool accept(text::TokenId token);
  bool is_complete() const { return recognizer_.is_complete(situation_); }
  // A stop id was accepted.
  bool is_stopped() const { return is_stopped_; }

 private:
  friend class TokenGrammar;
  using Situation = Recognizer::Situation;

  void allow(text::TokenId token) {
    mask_[static_cast<std::size_t>(token) / 64] |= std::uint64_t{1} << (token % 64);
  }
  // Goes through the branch below `node`, where the text is in `from`; `at(node, situation)` sees
  // every node that can be reached.
  template <typename Visit>
  void walk(std::uint32_t node, Situation from, Visit at);
  void allow_branch(std::uint32_t node, Situation from);
  void forget(std::span<Situation> path);
  // `index`: of the configurations of situation_.
  void allow_configuration(std::size_t index);
  void allow_long_tokens(std::size_t index);
  TokenGrammar::Key key_of(const Recognizer::Configuration& configuration) const;
  std::shared_ptr<const StateTokens> tokens_of(const Recognizer::Configuration& configuration);
  std::shared_ptr<const StateTokens> compute(const Recognizer::Configuration& configuration,
                                             bool is_exact);

  std::shared_ptr<const TokenGrammar> grammar_;
  const VocabularyTrie* vocabulary_;  // of *grammar_
  Recognizer recognizer_;
  std::vector<text::TokenId> stop_ids_;
  bool drops_first_blank_, is_at_start_ = true, is_stopped_ = false;
  Situation situation_;                                               // of the text
  Situation popped_ = Recognizer::kDead, alone_ = Recognizer::kDead;  // while tokens are tried
  std::vector<std::uint64_t> mask_;
  std::vector<Situation> path_;
};

}  // namespace bantam::grammar
