#include "text/grammar/grammar.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"
#include "text/grammar/components.h"
#include "text/grammar/determinize.h"
#include "text/grammar/inline_rules.h"
#include "text/grammar/productive.h"

namespace bantam::grammar {
namespace {

// Where the parts of each rule begin in the network.
struct Entry {
  std::uint32_t start = kNone, after = kNone;  // after: of counted rules
};

// Determinizes the root and every rule that is called from there.
std::vector<Entry> add_rules(const Nfa& nfa, const ExitReach& reach, RuleId root, Network& network,
                             std::vector<RuleId>& rule_of_state) {
  std::vector<Entry> entries(nfa.rules().size());
  Determinizer determinizer(nfa, reach, network);
  std::vector<RuleId> work{root};
  std::vector<bool> is_known(nfa.rules().size());
  is_known[root] = true;
  while (!work.empty()) {
    const RuleId id = work.back();
    work.pop_back();
    const std::size_t first_call = network.calls.size();
    const Nfa::Rule& rule = nfa.rules()[id];
    entries[id].start = determinizer.add(rule.body);
    if (rule.is_counted) entries[id].after = determinizer.add(rule.after);
    rule_of_state.resize(network.states.size(), id);
    for (std::size_t c = first_call; c < network.calls.size(); ++c) {
      const RuleId callee = network.calls[c].rule;
      if (!is_known[callee]) work.push_back(callee);
      is_known[callee] = true;
    }
  }
  return entries;
}

}  // namespace

// A rule must not call itself before it has read something: following it would never end.
static void refuse_left_recursion(const Nfa& nfa, const Grammar& grammar,
                                  const std::vector<RuleId>& rule_of_state,
                                  const std::vector<bool>& call_may_be_empty) {
  const auto count = static_cast<std::uint32_t>(grammar.state_count());
  std::vector<std::vector<std::uint32_t>> next(count);
  for (std::uint32_t s = 0; s < count; ++s) {
    const Grammar::State& state = grammar.state(s);
    for (std::size_t c = 0; c < grammar.calls(s).size(); ++c) {
      const Grammar::Call& call = grammar.calls(s)[c];
      next[s].push_back(call.start);
      if (call_may_be_empty[state.first_call + c]) next[s].push_back(call.target);
    }
    if (state.flags & Grammar::kBodyEnd) next[s].push_back(grammar.counter(s).head);
    if (state.flags & Grammar::kHead) next[s].push_back(grammar.counter(s).after);
  }
  const auto component = strong_components(
      count, [&](std::uint32_t s) -> const std::vector<std::uint32_t>& { return next[s]; });
  for (std::uint32_t s = 0; s < count; ++s) {
    for (const Grammar::Call& call : grammar.calls(s)) {
      if (component[s] != component[call.start]) continue;
      throw Error(ErrorCode::BadInput,
                  format("grammar: the rule {} calls itself before it has read anything (left "
                         "recursion); write it as a repetition, or with the call at the end",
                         quoted(nfa.rules()[rule_of_state[s]].name)));
    }
  }
}

Grammar compile(Nfa nfa, RuleId root) {
  inline_rules(nfa, root);
  const ExitReach reach(nfa, ExitReach::Edges::All);
  if (!reach.rule(root)) {
    throw Error(ErrorCode::BadInput,
                "no text fits the grammar: each of its alternatives contradicts itself or goes on "
                "without end; give its recursive rules an alternative that ends");
  }
  Network network;
  std::vector<RuleId> rule_of_state;
  const std::vector<Entry> entries = add_rules(nfa, reach, root, network, rule_of_state);
  const ExitReach empty(nfa, ExitReach::Edges::ReadingNothing);

  Grammar grammar;
  std::vector<bool> may_be_empty;
  for (const Network::Range& r : network.ranges) {
    grammar.ranges_.push_back({r.first, r.last, r.target});
  }
  for (const Network::Call& call : network.calls) {
    grammar.calls_.push_back({entries[call.rule].start, call.target});
    may_be_empty.push_back(empty.rule(call.rule));
  }
  std::vector<std::uint32_t> counter_of_rule(nfa.rules().size(), kNone);
  for (std::size_t s = 0; s < network.states.size(); ++s) {
    const Network::State& from = network.states[s];
    const RuleId id = rule_of_state[s];
    const Nfa::Rule& rule = nfa.rules()[id];
    Grammar::State state{from.first_range, from.first_call, kNone, 0};
    if (!rule.is_counted || s >= entries[id].after) {
      if (from.is_exit) state.flags |= Grammar::kEnd;
    } else {
      if (counter_of_rule[id] == kNone) {
        counter_of_rule[id] = static_cast<std::uint32_t>(grammar.counters_.size());
        // Where a repetition may be empty, any number of them is made by empty ones.
        const std::uint32_t min = empty.node(rule.body.entry) ? 0 : rule.count.min;
        grammar.counters_.push_back({min, rule.count.max.value_or(Grammar::kNoMaximum),
                                     entries[id].start, entries[id].after});
      }
      state.counter = counter_of_rule[id];
      state.flags |= Grammar::kCounts;
      if (s == entries[id].start) {
        state.flags |= Grammar::kHead;
      } else if (from.is_exit) {
        state.flags |= Grammar::kBodyEnd;
      }
    }
    grammar.states_.push_back(state);
  }
  grammar.states_.push_back({static_cast<std::uint32_t>(grammar.ranges_.size()),
                             static_cast<std::uint32_t>(grammar.calls_.size()), kNone, 0});
  for (Grammar::StateId s = 0; s < grammar.state_count(); ++s) {
    Grammar::State& state = grammar.states_[s];
    if (state.flags == Grammar::kEnd && grammar.ranges(s).empty() && grammar.calls(s).empty()) {
      state.flags |= Grammar::kOnlyEnd;
    }
  }
  grammar.start_ = entries[root].start;
  refuse_left_recursion(nfa, grammar, rule_of_state, may_be_empty);
  return grammar;
}

std::size_t Grammar::memory_bytes() const {
  return states_.size() * sizeof(State) + ranges_.size() * sizeof(Range) +
         calls_.size() * sizeof(Call) + counters_.size() * sizeof(Counter);
}

}  // namespace bantam::grammar
