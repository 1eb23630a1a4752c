// Grammars in GBNF, llama.cpp's notation.
#pragma once

#include <span>
#include <string_view>

#include "text/grammar/grammar.h"

namespace bantam::grammar {

// The texts that the rule `root` describes. The notation is that of llama.cpp's grammars/README.md,
// without token literals (<think>, <[1000]>). Throws Error{BadInput} naming line and column, and
// what compile() throws.
Grammar compile_gbnf(std::string_view source);

// A rule that a grammar uses and a JSON Schema defines.
struct GbnfSchema {
  std::string_view rule, schema;
};

// The same for grammars that leave rules to schemas; those that no rule uses do not count. Throws
// what compile_json_schema throws as well, and for a rule that both define.
Grammar compile_gbnf(std::string_view source, std::span<const GbnfSchema> schemas);

}  // namespace bantam::grammar
