#include "text/grammar/productive.h"

namespace bantam::grammar {
namespace {

struct Arc {
  std::uint32_t other, next;
};

// Backward edges and the like: lists of arcs, one for each of a set of things.
class ArcLists {
 public:
  explicit ArcLists(std::size_t size) : first_(size, kNone) {}
  void add(std::uint32_t from, std::uint32_t other) {
    arcs_.push_back({other, first_[from]});
    first_[from] = static_cast<std::uint32_t>(arcs_.size() - 1);
  }
  template <typename Visit>
  void each(std::uint32_t from, Visit visit) const {
    for (std::uint32_t a = first_[from]; a != kNone; a = arcs_[a].next) visit(arcs_[a].other);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<Arc> arcs_;
};

}  // namespace

ExitReach::ExitReach(const Nfa& nfa, Edges edges)
    : nodes_(nfa.node_count()), rules_(nfa.rules().size()) {
  ArcLists sources(nfa.node_count());           // node: edges without a call that lead to it
  ArcLists callers_to(nfa.node_count());        // node: edges with a call, by their index
  ArcLists callers_of(nfa.rules().size());      // rule: the same
  ArcLists entries(nfa.node_count());           // node: rules that are entered there
  std::vector<NodeId> origin;                   // of edges with a call
  std::vector<std::pair<RuleId, NodeId>> call;  // rule and target of them
  for (NodeId node = 0; node < nfa.node_count(); ++node) {
    for (std::uint32_t e = nfa.first_edge(node); e != kNone; e = nfa.edge(e).next) {
      const Nfa::Edge& edge = nfa.edge(e);
      if (edge.kind == Nfa::EdgeKind::Call) {
        const auto index = static_cast<std::uint32_t>(call.size());
        call.emplace_back(edge.rule, edge.target);
        origin.push_back(node);
        callers_to.add(edge.target, index);
        callers_of.add(edge.rule, index);
      } else if (edge.kind == Nfa::EdgeKind::Skip || edges == Edges::All) {
        sources.add(edge.target, node);
      }
    }
  }
  std::vector<NodeId> work;
  const auto reach = [&](NodeId node) {
    if (nodes_[node]) return;
    nodes_[node] = true;
    work.push_back(node);
  };
  const auto rule_reached = [&](RuleId rule) {
    if (rules_[rule]) return;
    rules_[rule] = true;
    callers_of.each(rule, [&](std::uint32_t c) {
      if (nodes_[call[c].second]) reach(origin[c]);
    });
  };
  // A counted rule needs its second part, and the first unless no repetition will do.
  const auto rule_may_be_reached = [&](RuleId id) {
    const Nfa::Rule& rule = nfa.rules()[id];
    if (!rule.is_counted) return rule_reached(id);
    const bool body = rule.count.min == 0 || nodes_[rule.body.entry];
    if (body && nodes_[rule.after.entry]) rule_reached(id);
  };
  for (RuleId id = 0; id < nfa.rules().size(); ++id) {
    const Nfa::Rule& rule = nfa.rules()[id];
    entries.add(rule.body.entry, id);
    if (rule.is_counted) entries.add(rule.after.entry, id);
  }
  for (const Nfa::Rule& rule : nfa.rules()) {
    reach(rule.body.exit);
    if (rule.is_counted) reach(rule.after.exit);
  }
  while (!work.empty()) {
    const NodeId node = work.back();
    work.pop_back();
    sources.each(node, reach);
    callers_to.each(node, [&](std::uint32_t c) {
      if (rules_[call[c].first]) reach(origin[c]);
    });
    entries.each(node, rule_may_be_reached);
  }
}

}  // namespace bantam::grammar
