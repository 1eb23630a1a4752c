// The tokenizers that the references were recorded with, built from other people's files.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace bantam::test {

struct TokenizerSource {
  std::string name;  // of the reference file
  std::string data;  // relative to the shared folder: skipped where it is absent
  std::function<text::Tokenizer()> make;
};

inline void PrintTo(const TokenizerSource& source, std::ostream* out) { *out << source.name; }

const std::vector<TokenizerSource>& tokenizer_sources();

// The whole file, relative to the shared folder.
std::string read_shared(const std::string& relative);
// The tokenizer of a GGUF file, as a program would load it.
text::Tokenizer tokenizer_of_gguf(const std::string& relative, const std::string& pre = "");

}  // namespace bantam::test
