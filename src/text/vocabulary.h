// Tokenizers from the plain data that GGUF files hold.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace bantam::text {

// The values of tokenizer.ggml.*; views live as long as the call that takes them. Absent: not in
// the file.
struct Vocabulary {
  std::string file;        // for messages
  std::string model_name;  // general.name: Phi-3 files are told by it
  std::string model;       // tokenizer.ggml.model: "llama", "gpt2", "gemma4", "bert", "t5"
  std::string pre;         // tokenizer.ggml.pre
  std::span<const std::string_view> tokens;
  std::vector<double> scores;                // "llama" and "t5": one a token
  std::vector<std::int64_t> token_types;     // one a token, or none
  std::span<const std::string_view> merges;  // "gpt2", "gemma4": "left right"
  std::optional<TokenId> bos, eos, eot, eom, unknown, pad, separator, cls, mask;
  std::optional<bool> add_bos, add_eos, add_space_prefix, remove_extra_whitespaces;
  std::optional<bool> nfc;  // whether texts are put into NFC first; absent: as `pre` implies
  std::span<const std::byte> precompiled_charsmap;
};

// Throws Error{BadFile} for data that does not fit together and Error{Unsupported} for a model or
// pre-tokenizer that is not known, naming file, key, found and expected.
// GGUF does not store normalizers: without `nfc` Qwen, MPT, GPT-NeoX and OLMo texts are put into
// NFC first, as their own tokenizers do.
Tokenizer tokenizer_from_vocabulary(const Vocabulary& vocabulary);

}  // namespace bantam::text
