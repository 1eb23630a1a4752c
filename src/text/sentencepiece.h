// Tokenizers in SentencePiece's tokenizer.model.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace bantam::text {

struct SentencePieceOptions {
  bool add_bos = true;   // in front of a text, where the model has such a token
  bool add_eos = false;  // after it
};

// Reads a serialized ModelProto (sentencepiece_model.proto) of type BPE or Unigram;
// Error{Unsupported} names any other. Untrusted: at most 128 MiB and 4 Mi pieces; Error{BadFile}
// names byte offset and field. Gives the ids and texts of SentencePieceProcessor; with
// parse_special, control pieces in a text count as such, and the text after each one gets a dummy
// prefix of its own, as in llama.cpp. Keeps no reference to `bytes`.
Tokenizer tokenizer_from_sentencepiece(std::span<const std::byte> bytes, std::string_view file_name,
                                       SentencePieceOptions options = {});

}  // namespace bantam::text
