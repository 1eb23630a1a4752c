// What the names in tokenizer.ggml.pre mean.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "text/pipeline/normalizer.h"
#include "text/pipeline/pretokenizer.h"

namespace bantam::text {

struct GgmlPreTokenizer {
  std::vector<PreTokenizerStep> steps;
  std::vector<NormalizerStep> normalizer;
  bool ignore_merges = false;
  bool adds_bos = false;  // where the file does not say
};

// A step as data: characters of a class, matches of an expression one by one, or a change of
// alphabet.
using SplitRule = std::variant<ClassSplit, std::string_view, ToByteAlphabet, FromByteAlphabet>;

struct GgmlSplitRules {
  std::string_view name;
  std::vector<SplitRule> rules;
  bool has_nfc = false, ignore_merges = false, adds_bos = false;
};

// Every name that is known. Names that mean the same follow each other in no order.
std::vector<GgmlSplitRules> all_ggml_split_rules();

// Throws Error{Unsupported} naming `file` for a name that is not known.
GgmlSplitRules find_ggml_split_rules(std::string_view name, std::string_view file);
std::vector<PreTokenizerStep> steps_of(const std::vector<SplitRule>& rules);
GgmlPreTokenizer find_ggml_pretokenizer(std::string_view name, std::string_view file);

}  // namespace bantam::text
