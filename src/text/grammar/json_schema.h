// JSON Schema as a grammar.
#pragma once

#include <string_view>

#include "text/grammar/grammar.h"

namespace bantam::grammar {

// JSON texts that are valid under `schema`, draft 2020-12: not all of them, but only such.
// Properties come in the schema's order; docs/structured_output.md says what is supported and which
// valid texts are left out. Throws Error{BadInput} naming the place for a keyword that cannot be
// kept, and what compile() throws.
Grammar compile_json_schema(std::string_view schema);

// The same as rules of a larger grammar: returns the one of the whole text.
std::uint32_t add_json_schema(Nfa& nfa, std::string_view schema);

// Any JSON object.
Grammar compile_json_object();

}  // namespace bantam::grammar
