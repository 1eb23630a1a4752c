// Tokenizers in Hugging Face's tokenizer.json, and the facts of tokenizer_config.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/pipeline/added_tokens.h"
#include "text/tokenizer.h"

namespace bantam::text {

// What tokenizer_config.json says about tokens. Absent: the file says nothing, or null.
struct TokenizerConfig {
  std::optional<std::string> bos, eos, unknown, pad;  // as text
  std::optional<bool> add_bos, add_eos;
  std::vector<AddedToken> added;  // added_tokens_decoder
};

// Throws Error{BadFile} naming file and field.
TokenizerConfig tokenizer_config_from_json(std::string_view json, std::string_view file_name);

// Models BPE, Unigram and WordPiece with the usual normalizers, pre-tokenizers, post-processors and
// decoders; Error{Unsupported} names any other. `config` says which tokens begin and end a text,
// adds tokens that the file lacks, and its add_bos and add_eos win over the file's template. The
// file is untrusted: at most 128 MiB, 4 Mi tokens and merges, added tokens of at most 4 KiB;
// Error{BadFile} names file and field. Follows the `tokenizers` library, but that text never
// becomes a control token by merging, and that added tokens decode to their own text. Keeps no
// reference to its arguments.
Tokenizer tokenizer_from_json(std::string_view json, std::string_view file_name,
                              const TokenizerConfig& config = {});

}  // namespace bantam::text
