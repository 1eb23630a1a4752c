// Puts small rules in the place of their calls.
#pragma once

#include "text/grammar/nfa.h"

namespace bantam::grammar {

// A rule that is called once, or that is small and has few bytes to choose from, becomes part of
// its callers, unless it is recursive or counted. Fewer calls make larger deterministic parts;
// rules with many bytes to choose from stay shared, so that what they allow is computed once.
void inline_rules(Nfa& nfa, RuleId root);

}  // namespace bantam::grammar
