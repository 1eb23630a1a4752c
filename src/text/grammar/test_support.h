// What tests of grammars share: whole texts against a grammar, and texts drawn from one.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/grammar/recognizer.h"
#include "text/grammar/token_matcher.h"

namespace bantam::grammar::test {

inline bool accepts(const Grammar& grammar, std::string_view text) {
  Recognizer recognizer(grammar);
  return recognizer.is_complete(recognizer.advance(recognizer.start(), text));
}

// The message of the error that `make` throws; empty where it throws none.
template <typename Make>
std::string error_of(Make make) {
  try {
    make();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline bool is_set(std::span<const std::uint64_t> mask, text::TokenId id) {
  const auto at = static_cast<std::size_t>(id);
  return at / 64 < mask.size() && (mask[at / 64] >> (at % 64) & 1) != 0;
}

inline std::vector<text::TokenId> ids_in(std::span<const std::uint64_t> mask) {
  std::vector<text::TokenId> ids;
  for (std::size_t id = 0; id < mask.size() * 64; ++id) {
    if (is_set(mask, static_cast<text::TokenId>(id))) ids.push_back(static_cast<text::TokenId>(id));
  }
  return ids;
}

// A token for each byte, then the given ones.
inline std::shared_ptr<const VocabularyTrie> vocabulary(const std::vector<std::string>& more = {}) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(std::string(1, static_cast<char>(byte)));
  tokens.insert(tokens.end(), more.begin(), more.end());
  return std::make_shared<VocabularyTrie>(tokens);
}

struct Drawn {
  std::string text;
  bool is_complete = false;  // false: cut after `tokens_max`
  bool is_stuck = false;     // nothing was allowed
};

// A text of random allowed tokens; id `stop` ends it, likelier the longer it is.
inline Drawn draw(TokenMatcher& matcher, const VocabularyTrie& vocabulary, text::TokenId stop,
                  std::mt19937& random, int tokens_max) {
  Drawn drawn;
  for (int i = 0; i < tokens_max; ++i) {
    const std::vector<text::TokenId> ids = ids_in(matcher.allowed());
    drawn.is_stuck = ids.empty();
    if (ids.empty()) return drawn;
    text::TokenId id = ids[random() % ids.size()];
    if (is_set(matcher.allowed(), stop) && random() % 4 == 0) id = stop;
    // A quote or bracket now and then, where chance alone would write strings for ever.
    for (const char c : {'"', '}', ']'}) {
      if (random() % 6 == 0 && is_set(matcher.allowed(), static_cast<text::TokenId>(c))) {
        id = static_cast<text::TokenId>(c);
      }
    }
    if (!matcher.accept(id)) {
      drawn.is_stuck = true;
      return drawn;
    }
    if (id == stop) {
      drawn.is_complete = true;
      return drawn;
    }
    drawn.text += vocabulary.bytes(id);
  }
  return drawn;
}

}  // namespace bantam::grammar::test
