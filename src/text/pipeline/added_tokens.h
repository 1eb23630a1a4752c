// Tokens that are looked for in the text itself, before any model sees it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/prefix_trie.h"
#include "text/rendered_prompt.h"
#include "text/token_id.h"

namespace bantam::text {

// As an entry of "added_tokens" in tokenizer.json has it.
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  // only between characters that are no word characters
  bool left_strip = false;   // takes white space before it
  bool right_strip = false;  // takes white space after it
  bool normalized = true;    // looked for in the normalized text
  bool special = false;      // a control token: never made from plain text
};

// A part of a text: an added token, or text in between.
struct TextPart {
  TokenId id = -1;  // of the added token, or -1
  std::uint32_t begin = 0, end = 0;
};

// Where special tokens may be recognised: nowhere, or everywhere but in some spans of the text.
struct SpecialScope {
  bool anywhere = true;
  std::span<const ByteSpan> user_spans;  // ascending and disjoint

  bool allows(std::size_t begin, std::size_t end) const;
};

// Finds the leftmost, then longest, token at each place. Immutable: any thread.
class AddedTokenMatcher {
 public:
  AddedTokenMatcher() = default;
  // `texts[i]` is what to look for instead of the content of `tokens[i]`; not empty.
  void add(const AddedToken& token, std::string_view text);
  bool empty() const { return tokens_.empty(); }

  // Splits `text`, valid UTF-8, in order; special tokens outside of `scope` are plain text.
  void split(std::string_view text, const SpecialScope& scope, std::vector<TextPart>& parts) const;

  // Whether the content of a special token lies at least partly in a user span of `text`.
  bool has_special_in(std::string_view text, std::span<const ByteSpan> user_spans) const;

 private:
  struct Rules {
    TokenId id = 0;
    bool single_word = false, left_strip = false, right_strip = false, special = false;
  };
  bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) const;

  PrefixTrie trie_;
  std::vector<Rules> tokens_;
  std::vector<std::string> special_contents_;
};

}  // namespace bantam::text
