#include "text/grammar/inline_rules.h"

#include <algorithm>
#include <unordered_map>

#include "text/grammar/components.h"

namespace bantam::grammar {
namespace {

constexpr std::size_t kSmallNodes = 24;          // of a rule that is copied
constexpr int kWideBytes = 64;                   // choices at one node that make a rule wide
constexpr NodeId kNodesAfterInlining = 100'000;  // no copies past it

class Inliner {
 public:
  Inliner(Nfa& nfa, RuleId root) : nfa_(nfa), root_(root) {}

  void run() {
    find_calls();
    std::vector<RuleId> order(nfa_.rules().size());
    for (RuleId id = 0; id < order.size(); ++id) order[id] = id;
    const auto component = strong_components(
        static_cast<std::uint32_t>(order.size()),
        [this](std::uint32_t id) -> const std::vector<std::uint32_t>& { return callees_[id]; });
    std::vector<std::uint32_t> size(order.size());
    for (const std::uint32_t c : component) ++size[c];
    for (RuleId id = 0; id < order.size(); ++id) {
      const bool calls_itself =
          std::find(callees_[id].begin(), callees_[id].end(), id) != callees_[id].end();
      is_recursive_.push_back(size[component[id]] > 1 || calls_itself);
    }
    // Callees come first, so that what is copied has no small calls left.
    std::sort(order.begin(), order.end(), [&](RuleId a, RuleId b) {
      return std::pair(component[a], a) < std::pair(component[b], b);
    });
    for (const RuleId id : order) {
      if (is_reached_[id]) inline_into(id);
    }
  }

 private:
  std::vector<NodeId> nodes_of(RuleId id) {
    seen_.resize(nfa_.node_count());
    const Nfa::Rule& rule = nfa_.rules()[id];
    std::vector<NodeId> nodes;
    const auto visit = [&](NodeId node) {
      if (seen_[node]) return;
      seen_[node] = true;
      nodes.push_back(node);
    };
    visit(rule.body.entry);
    visit(rule.body.exit);
    if (rule.is_counted) visit(rule.after.entry);
    if (rule.is_counted) visit(rule.after.exit);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (std::uint32_t e = nfa_.first_edge(nodes[i]); e != kNone; e = nfa_.edge(e).next) {
        visit(nfa_.edge(e).target);
      }
    }
    for (const NodeId node : nodes) seen_[node] = false;
    return nodes;
  }

  // Which rules the root needs, what each calls, and how often each is called.
  void find_calls() {
    const std::size_t count = nfa_.rules().size();
    callees_.resize(count);
    calls_.resize(count);
    is_reached_.resize(count);
    std::vector<RuleId> work{root_};
    is_reached_[root_] = true;
    while (!work.empty()) {
      const RuleId id = work.back();
      work.pop_back();
      for (const NodeId node : nodes_of(id)) {
        for (std::uint32_t e = nfa_.first_edge(node); e != kNone; e = nfa_.edge(e).next) {
          if (nfa_.edge(e).kind != Nfa::EdgeKind::Call) continue;
          const RuleId callee = nfa_.edge(e).rule;
          callees_[id].push_back(callee);
          ++calls_[callee];
          if (!is_reached_[callee]) work.push_back(callee);
          is_reached_[callee] = true;
        }
      }
    }
  }

  bool is_small(const std::vector<NodeId>& nodes) const {
    if (nodes.size() > kSmallNodes) return false;
    return std::none_of(nodes.begin(), nodes.end(), [this](NodeId node) {
      int bytes = 0;
      for (std::uint32_t e = nfa_.first_edge(node); e != kNone; e = nfa_.edge(e).next) {
        const Nfa::Edge& edge = nfa_.edge(e);
        if (edge.kind == Nfa::EdgeKind::Bytes) bytes += edge.last - edge.first + 1;
      }
      return bytes >= kWideBytes;
    });
  }

  void inline_into(RuleId id) {
    if (!callees_[id].empty()) {
      for (const NodeId node : nodes_of(id)) {
        for (std::uint32_t e = nfa_.first_edge(node); e != kNone; e = nfa_.edge(e).next) {
          if (nfa_.edge(e).kind == Nfa::EdgeKind::Call) inline_call(e);
        }
      }
    }
    if (is_recursive_[id] || nfa_.rules()[id].is_counted || calls_[id] < 2) return;
    std::vector<NodeId> nodes = nodes_of(id);
    if (is_small(nodes)) small_.emplace(id, std::move(nodes));
  }

  void inline_call(std::uint32_t e) {
    const RuleId callee = nfa_.edge(e).rule;
    const Nfa::Rule& rule = nfa_.rules()[callee];
    if (is_recursive_[callee] || rule.is_counted || callee == root_) return;
    Fragment body = rule.body;
    if (calls_[callee] > 1) {
      const auto small = small_.find(callee);
      if (small == small_.end()) return;
      if (nfa_.node_count() + small->second.size() > kNodesAfterInlining) return;
      body = copy(body, small->second);
    }
    const NodeId target = nfa_.edge(e).target;
    nfa_.add_skip(body.exit, target);
    Nfa::Edge& edge = nfa_.edge(e);
    edge.kind = Nfa::EdgeKind::Skip;
    edge.target = body.entry;
  }

  Fragment copy(Fragment part, const std::vector<NodeId>& nodes) {
    std::unordered_map<NodeId, NodeId> made;
    for (const NodeId node : nodes) made[node] = nfa_.add_node();
    for (const NodeId node : nodes) {
      for (std::uint32_t e = nfa_.first_edge(node); e != kNone; e = nfa_.edge(e).next) {
        const Nfa::Edge edge = nfa_.edge(e);
        const NodeId from = made[node], to = made[edge.target];
        if (edge.kind == Nfa::EdgeKind::Bytes) nfa_.add_bytes(from, edge.first, edge.last, to);
        if (edge.kind == Nfa::EdgeKind::Call) nfa_.add_call(from, edge.rule, to);
        if (edge.kind == Nfa::EdgeKind::Skip) nfa_.add_skip(from, to);
      }
    }
    return {made[part.entry], made[part.exit]};
  }

  Nfa& nfa_;
  RuleId root_;
  std::vector<bool> seen_, is_reached_, is_recursive_;
  std::vector<std::vector<std::uint32_t>> callees_;
  std::vector<std::size_t> calls_;
  std::unordered_map<RuleId, std::vector<NodeId>> small_;
};

}  // namespace

void inline_rules(Nfa& nfa, RuleId root) { Inliner(nfa, root).run(); }

}  // namespace bantam::grammar
