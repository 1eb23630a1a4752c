// Text to token ids and back.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/rendered_prompt.h"
#include "text/token_id.h"

namespace bantam::text {

struct TokenizerParts;

struct EncodeOptions {
  bool add_special = true;    // begin- and end-of-sequence tokens as the tokenizer's file asks for
  bool parse_special = true;  // false: the text never becomes a control token, whatever it spells
};

// Whether control tokens show in decoded text.
enum class SpecialTokens { Keep, Skip };

// Made by tokenizer_from_json, tokenizer_from_sentencepiece, tokenizer_from_tiktoken or
// tokenizer_from_vocabulary. Immutable: any thread.
class Tokenizer {
 public:
  explicit Tokenizer(TokenizerParts parts);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // The ids of `text`; bytes that are no valid UTF-8 count as U+FFFD. Takes time linear in the text
  // but for words of millions of letters (n log n). Throws Error{BadInput} for texts over 256 MiB.
  std::vector<TokenId> encode(std::string_view text, EncodeOptions options = {}) const;
  // The same, appended to `ids`.
  void encode(std::string_view text, EncodeOptions options, std::vector<TokenId>& ids) const;

  // The ids of a rendered chat: control tokens are recognised only outside of its user spans, and
  // everything else is encoded as one text. No special tokens around it.
  std::vector<TokenId> encode(const RenderedPrompt& prompt) const;

  // The text of the ids; bytes that make no character become U+FFFD. Ids outside the vocabulary
  // show nothing. With SentencePiece, control tokens never show.
  std::string decode(std::span<const TokenId> ids,
                     SpecialTokens special = SpecialTokens::Keep) const;

  // What one token adds to a text, maybe a part of a character; empty for an id outside the
  // vocabulary. Views the tokenizer, as `piece` does.
  std::string_view token_bytes(TokenId id) const;
  // The token as its file stores it: "Ġthe", "▁the", "<0x0A>".
  std::string_view piece(TokenId id) const;

  // One more than the greatest id; ids in between may be unused.
  std::int32_t vocab_size() const;
  bool is_control(TokenId id) const;  // never made from plain text: begin of sequence, roles, …
  bool is_special(TokenId id) const;  // control or unknown
  // The blank at the start of a text comes from the tokenizer, and decoding drops it.
  bool strips_first_blank() const;

  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  std::optional<TokenId> unknown() const;
  std::optional<TokenId> pad() const;
  // Ids after which a model has nothing more to say, ascending.
  std::span<const TokenId> end_of_generation_ids() const;
  bool is_end_of_generation(TokenId id) const;
  bool adds_bos() const;  // with add_special
  bool adds_eos() const;

 private:
  class Implementation;
  std::unique_ptr<const Implementation> implementation_;
};

}  // namespace bantam::text
