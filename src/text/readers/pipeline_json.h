// The parts of tokenizer.json around its model.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/token_table.h"
#include "text/pipeline/normalizer.h"
#include "text/pipeline/pretokenizer.h"
#include "text/pipeline/token_decoder.h"

namespace bantam::text {

struct PreTokenizerSpec {
  std::vector<PreTokenizerStep> steps;
  bool byte_level = false;     // the model sees bytes in GPT-2's alphabet
  bool sees_alphabet = false;  // so do the last steps
};

struct DecoderSpec {
  TokenDecoder decoder;
  bool byte_level = false, byte_fallback = false, word_piece = false;
  std::string blank;        // what stands for a blank in pieces, if anything
  std::string word_prefix;  // of pieces that continue a word
  bool strips_first_blank = false;
};

// Special tokens around a text.
struct Surroundings {
  std::vector<TokenId> before, after;
};

// Each takes the value of its key, null where it is absent. Throws Error{BadFile} for a value that
// breaks the format and Error{Unsupported} for a kind that is not known, naming `file` and the
// field.
std::vector<NormalizerStep> read_normalizer(const nlohmann::json& value, std::string_view file);
PreTokenizerSpec read_pretokenizer(const nlohmann::json& value, std::string_view file);
DecoderSpec read_decoder(const nlohmann::json& value, std::string_view file);
Surroundings read_post_processor(const nlohmann::json& value, std::string_view file);

}  // namespace bantam::text
