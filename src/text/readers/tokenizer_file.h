// The content of tokenizer.json, read but not yet put together.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/token_table.h"
#include "text/pipeline/added_tokens.h"

namespace bantam::text {

struct ModelSection {
  std::string type;  // "BPE", "Unigram", "WordPiece", …; guessed where the file does not say
  TextTable vocabulary;
  std::vector<TokenId> ids;    // of each entry
  std::vector<double> scores;  // Unigram only
  TextTable merges;            // left and right in turn
  std::optional<std::string> unknown_piece;
  std::optional<TokenId> unknown_id;
  std::string continuing_prefix, end_suffix;
  bool fuse_unknown = false, byte_fallback = false, ignore_merges = false;
  std::size_t word_characters_max = 100;
};

struct TokenizerFile {
  ModelSection model;
  std::vector<AddedToken> added;
  nlohmann::json normalizer, pretokenizer, post_processor, decoder;  // null where absent
};

// Throws Error{BadFile} with the byte offset.
TokenizerFile read_tokenizer_file(std::string_view json, std::string_view file);

class JsonReader;
// An object of added_tokens, or of added_tokens_decoder, where the id is the key.
AddedToken read_added_token(JsonReader& reader, std::optional<TokenId> id);

}  // namespace bantam::text
