// What the names in tokenizer.ggml.pre mean.
#pragma once

#include <string_view>
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

// Throws Error{Unsupported} naming `file` for a name that is not known.
GgmlPreTokenizer find_ggml_pretokenizer(std::string_view name, std::string_view file);

}  // namespace bantam::text
