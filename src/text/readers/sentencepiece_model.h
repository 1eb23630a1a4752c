// A SentencePiece model as data, wherever it was stored, and the tokenizer it makes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/pipeline/added_tokens.h"
#include "text/pipeline/charsmap.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {

struct SentencePieceModel {
  enum class Type { Unigram = 1, Bpe = 2, Word = 3, Char = 4 } type = Type::Unigram;
  TextTable pieces;
  std::vector<float> scores;
  std::vector<TokenKind> kinds;
  std::optional<TokenId> unknown, bos, eos, pad;
  bool byte_fallback = false;
  std::string unknown_surface = " \xE2\x81\x87 ";  // what an unknown token shows
  std::shared_ptr<const Charsmap> rules;           // may be null
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  bool whitespace_as_suffix = false;
  std::vector<AddedToken> added;  // looked for in the text before normalization
};

// Throws Error{BadFile} with the byte offset.
SentencePieceModel read_sentencepiece_model(std::span<const std::byte> bytes,
                                            std::string_view file);

// Everything but the tokens around a text. Throws Error{Unsupported} for Word and Char models,
// Error{BadFile} for ids that are no tokens, naming `file`.
TokenizerParts build_sentencepiece(SentencePieceModel model, std::string_view file);

}  // namespace bantam::text
