// Between GGUF's names for ways to split a text and the pre_tokenizer of tokenizer.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bantam::text {

// The names for tokenizer.ggml.pre that split as `tokenizer_json` does, told by what becomes of a
// text with every kind of case in it. Names in `preferred` ("a|b") come first, in its order; then
// those that treat merges and normal forms alike. Empty: GGUF has no such name. Throws what
// tokenizer_from_json throws for a pre-tokenizer.
std::vector<std::string_view> find_ggml_split_names(std::string_view tokenizer_json,
                                                    std::string_view file,
                                                    std::string_view preferred);

// Parts of a tokenizer.json that do what tokenizer.ggml.pre names, as JSON text.
struct SplitJson {
  std::string pretokenizer;
  std::string normalizer;  // "null" where there is none
  bool ignore_merges = false;
  bool adds_bos = false;  // where the GGUF file does not say
};

// Throws Error{Unsupported} naming `file` for a name that is not known.
SplitJson split_json_of(std::string_view ggml_name, std::string_view file);

}  // namespace bantam::text
