// What a Tokenizer is made of; the readers of tokenizer files fill one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "text/models/subword_model.h"
#include "text/models/token_table.h"
#include "text/pipeline/added_tokens.h"
#include "text/pipeline/normalizer.h"
#include "text/pipeline/pretokenizer.h"
#include "text/pipeline/token_decoder.h"

namespace bantam::text {

// Tokens by id, built before anything that views their text.
struct TokenList {
  TextTable pieces;  // as stored
  TextTable bytes;   // what each one adds to a text
  std::vector<TokenKind> kinds;
};

struct TokenizerParts {
  std::shared_ptr<const TokenList> tokens;  // the model views it
  AddedTokenMatcher raw_added;              // looked for in the text as it comes
  AddedTokenMatcher normalized_added;       // looked for after normalization
  Normalizer normalizer;
  PreTokenizer pretokenizer;
  std::unique_ptr<const SubwordModel> model;
  TokenDecoder decoder;
  bool strips_first_blank = false;     // the blank that a dummy prefix put in front
  std::vector<TokenId> before, after;  // special tokens around a text
  std::optional<TokenId> bos, eos, unknown, pad;
  std::vector<TokenId> end_of_generation;
};

// Ids that end a turn or a text: `eos`, and every control or user-defined token whose text is one
// of the names that chat models use (the list of llama.cpp's vocabulary loader). In ascending
// order.
std::vector<TokenId> find_end_of_generation(const TokenList& tokens,
                                            std::vector<std::optional<TokenId>> known);

// Adds the tokens to the matcher that each belongs to; `normalizer` is applied to what the second
// one looks for.
void add_added_tokens(TokenizerParts& parts, const std::vector<AddedToken>& added);

}  // namespace bantam::text
