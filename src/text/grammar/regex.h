// Regular expressions as grammars.
#pragma once

#include <string_view>

#include "text/grammar/grammar.h"
#include "text/grammar/nfa.h"

namespace bantam::grammar {

// How the characters of a text are spelled.
enum class Spelling {
  Plain,       // UTF-8
  JsonString,  // between the quotes of a JSON string, in the shortest form
};

// One of these characters.
Fragment spell(Nfa& nfa, const CodePointSet& set, Spelling spelling);

// Whether an expression without ^ and $ describes a whole text or any part of one.
enum class Extent { Whole, Part };

// Appends what `source` describes: characters, escapes (\d \w \s and their opposites as in
// ECMA-262), classes, groups, |, * + ? {m,n}, lazy or not, and ^ and $ at the ends. Throws
// Error{BadInput} naming `what`, line and column for anything else: assertions, back-references,
// properties.
Fragment add_regex(Nfa& nfa, std::string_view source, std::string_view what, Spelling spelling,
                   Extent extent);

// The texts that `source` describes as a whole. Throws what add_regex and compile throw.
Grammar compile_regex(std::string_view source);

}  // namespace bantam::grammar
