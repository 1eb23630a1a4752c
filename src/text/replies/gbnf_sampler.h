// Draws texts from tool grammars, for tests.
#pragma once

#include <random>
#include <string>

#include "text/replies/tool_grammar.h"

namespace bantam::replies::test {

// One text that the grammar describes: literals, character classes, groups, '|', '?', '*' and '+'.
// Schemas give small values of the types that tests use. Throws std::runtime_error for anything
// else.
std::string sample_grammar(const ToolGrammar& grammar, std::mt19937& random);

}  // namespace bantam::replies::test
