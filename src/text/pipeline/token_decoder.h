// Token ids back to text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/models/token_table.h"
#include "text/pipeline/regex.h"

namespace bantam::text {

// The tokens of a tokenizer as decoders see them; views tables that outlive the call.
struct TokenTables {
  const TextTable& pieces;  // as stored
  const TextTable& bytes;   // what each one adds to the text
  const std::vector<TokenKind>& kinds;
};

// Bytes end to end; broken UTF-8 becomes U+FFFD (byte-level BPE).
struct JoinBytes {};

// SentencePieceProcessor::Decode: control pieces show nothing, byte pieces make characters.
struct SentencePieceDecoding {
  bool strips_first_blank = true;  // a dummy prefix was added
  bool strips_all_first = false;   // all blanks at the start (extra white space was removed)
};

// The "decoder" of tokenizer.json, as steps over a list of strings.
struct ReplaceInPieces {
  std::string literal;
  std::shared_ptr<const Regex> regex;
  std::string replacement;
};
struct ByteFallbackPieces {};  // <0xNN> … to characters
struct FusePieces {};
struct StripPieces {
  std::string character;
  std::size_t start = 0, stop = 0;  // at most so many
};
struct MetaspacePieces {
  std::string replacement;
  bool drops_first = true;  // the blank that a prefix added
};
struct WordPiecePieces {
  std::string prefix;
  bool cleanup = true;  // no blank before punctuation and contractions
};
struct SuffixPieces {
  std::string suffix;  // a blank, except at the end
};
struct JoinBytesOfPieces {};  // ByteLevel in a sequence
using DecoderStep = std::variant<ReplaceInPieces, ByteFallbackPieces, FusePieces, StripPieces,
                                 MetaspacePieces, WordPiecePieces, SuffixPieces, JoinBytesOfPieces>;
struct DecoderSteps {
  std::vector<DecoderStep> steps;
  bool join_with_blank = false;  // no decoder at all
};

using TokenDecoder = std::variant<JoinBytes, SentencePieceDecoding, DecoderSteps>;

// All ids are tokens of the tables. Throws Error{BadInput} if the steps make the text grow without
// end.
std::string decode_tokens(const TokenDecoder& decoder, const TokenTables& tables,
                          std::span<const TokenId> ids);

// The byte that a piece "<0xNN>" stands for, or -1.
int byte_of_piece(std::string_view piece);

// The character of GPT-2's byte alphabet for a byte, and back: -1 for a character outside it.
char32_t byte_to_alphabet(unsigned char byte);
int alphabet_to_byte(char32_t character);
// The bytes that a string in that alphabet stands for; nothing if a character is outside it.
std::optional<std::string> bytes_of_alphabet(std::string_view valid_text);

}  // namespace bantam::text
