// Which nodes of a grammar matter, and which rules may be empty.
#pragma once

#include <vector>

#include "text/grammar/nfa.h"

namespace bantam::grammar {

// Nodes from which edges lead to the exit of the rule (or of the part of a counted rule) that they
// belong to, and rules whose entry is one of them. Takes time linear in the size of the grammar.
class ExitReach {
 public:
  enum class Edges { All, ReadingNothing };
  ExitReach(const Nfa& nfa, Edges edges);

  bool node(NodeId id) const { return nodes_[id]; }
  bool rule(RuleId id) const { return rules_[id]; }

 private:
  std::vector<bool> nodes_, rules_;
};

}  // namespace bantam::grammar
