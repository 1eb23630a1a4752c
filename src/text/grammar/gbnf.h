// Grammars in GBNF, llama.cpp's notation.
#pragma once

#include <string_view>

#include "text/grammar/grammar.h"

namespace bantam::grammar {

// The texts that the rule `root` describes. The notation is that of llama.cpp's grammars/README.md,
// without token literals (<think>, <[1000]>). Throws Error{BadInput} naming line and column, and
// what compile() throws.
Grammar compile_gbnf(std::string_view source);

}  // namespace bantam::grammar
