// Tokenizers in tiktoken's format: a line for each token, its bytes in base64 and its rank.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace bantam::text {

// What the file does not hold.
struct TiktokenOptions {
  std::string pattern;  // how text is split before merging
  std::vector<std::pair<std::string, TokenId>> special_tokens = {};
  std::string bos = {}, eos = {};  // texts of special tokens, or empty
  bool add_bos = false;
};

// Ranks are token ids, and the order of merging. Throws Error{BadFile} naming file and line. The
// file is untrusted: at most 128 MiB, 4 Mi tokens of at most 1 KiB. Keeps no reference to its
// arguments.
Tokenizer tokenizer_from_tiktoken(std::string_view lines, std::string_view file_name,
                                  const TiktokenOptions& options);

}  // namespace bantam::text
