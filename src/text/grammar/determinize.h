// One rule's nodes to states without empty steps.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "text/grammar/nfa.h"
#include "text/grammar/productive.h"

namespace bantam::grammar {

// States that still call rules by their ids. Targets are indices of `states`.
struct Network {
  struct Range {
    std::uint8_t first, last;
    std::uint32_t target;
  };
  struct Call {
    RuleId rule;
    std::uint32_t target;
  };
  struct State {
    std::uint32_t first_range, first_call;  // up to those of the next state
    bool is_exit;
  };
  std::vector<State> states;
  std::vector<Range> ranges;
  std::vector<Call> calls;
};

// Appends parts of a grammar to a network. Nodes from which no edges lead to an exit are left out.
// One thread.
class Determinizer {
 public:
  Determinizer(const Nfa& nfa, const ExitReach& reach, Network& network)
      : nfa_(nfa), reach_(reach), network_(network), marks_(nfa.node_count()) {}

  // The state where the part begins; no edge leads there. By the subset construction (Rabin and
  // Scott, 1959), or, where that makes far more states than nodes, with a state a node. Throws
  // Error{BadInput} past the limits.
  std::uint32_t add(Fragment part);

 private:
  using Nodes = std::vector<NodeId>;
  struct Hash {
    std::size_t operator()(const Nodes& nodes) const;
  };

  std::size_t size_of(Fragment part);
  bool add_subsets(Fragment part);
  void add_nodes(Fragment part);
  void close(Nodes& nodes);
  void add_state(const Nodes& closed, NodeId exit);
  void add_transitions(const Nodes& closed);
  void add_transition(std::uint8_t first, std::uint8_t last, const Nodes& targets);
  std::uint32_t state_of(Nodes nodes);
  void spend(std::size_t nodes);

  const Nfa& nfa_;
  const ExitReach& reach_;
  Network& network_;
  std::vector<std::uint32_t> marks_;  // nodes that the current closure has
  std::uint32_t mark_ = 0;
  std::size_t spent_ = 0;       // nodes in all closures
  std::vector<Nodes> pending_;  // closures in the order of their states
  std::unordered_map<Nodes, std::uint32_t, Hash> known_;
  std::uint32_t first_state_ = 0;  // of the part
  bool by_subsets_ = true;
};

}  // namespace bantam::grammar
