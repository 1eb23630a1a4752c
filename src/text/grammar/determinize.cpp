#include "text/grammar/determinize.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/format.h"
#include "text/grammar/limits.h"

namespace bantam::grammar {
namespace {

// What subsets may cost beyond the nodes themselves before a rule stays nondeterministic.
constexpr std::size_t kStatesPerNode = 4, kStatesAtLeast = 512;
constexpr std::size_t kNodesPerNode = 4, kNodesAtLeast = 16'384;

}  // namespace

std::size_t Determinizer::Hash::operator()(const Nodes& nodes) const {
  std::uint64_t hash = 0x9E3779B97F4A7C15;
  for (const NodeId node : nodes) hash = (hash ^ node) * 0xD6E8FEB86659FD93;
  return hash ^ hash >> 32;
}

void Determinizer::spend(std::size_t nodes) {
  spent_ += nodes;
  if (spent_ > limits::kSubsetsMax || network_.states.size() > limits::kStatesMax ||
      network_.ranges.size() + network_.calls.size() > limits::kEdgesMax) {
    throw Error(ErrorCode::BadInput, format("the grammar is too large: found more than {} states "
                                            "or {} edges; make it shorter or less ambiguous",
                                            limits::kStatesMax, limits::kEdgesMax));
  }
}

std::uint32_t Determinizer::add(Fragment part) {
  const Network::State before{static_cast<std::uint32_t>(network_.ranges.size()),
                              static_cast<std::uint32_t>(network_.calls.size()), false};
  first_state_ = static_cast<std::uint32_t>(network_.states.size());
  if (!add_subsets(part)) {
    network_.states.resize(first_state_);
    network_.ranges.resize(before.first_range);
    network_.calls.resize(before.first_call);
    add_nodes(part);
  }
  return first_state_;
}

// Replaces the nodes by those that they reach without reading and that matter, ascending.
void Determinizer::close(Nodes& nodes) {
  ++mark_;
  Nodes closed;
  const auto visit = [&](NodeId node) {
    if (marks_[node] == mark_ || !reach_.node(node)) return;
    marks_[node] = mark_;
    closed.push_back(node);
  };
  for (const NodeId node : nodes) visit(node);
  for (std::size_t i = 0; i < closed.size(); ++i) {
    for (std::uint32_t e = nfa_.first_edge(closed[i]); e != kNone; e = nfa_.edge(e).next) {
      if (nfa_.edge(e).kind == Nfa::EdgeKind::Skip) visit(nfa_.edge(e).target);
    }
  }
  spend(closed.size());
  // Nodes that only skip say nothing; an exit has no edges.
  std::erase_if(closed, [this](NodeId node) {
    std::uint32_t e = nfa_.first_edge(node);
    if (e == kNone) return false;
    while (e != kNone && nfa_.edge(e).kind == Nfa::EdgeKind::Skip) e = nfa_.edge(e).next;
    return e == kNone;
  });
  std::sort(closed.begin(), closed.end());
  nodes = std::move(closed);
}

std::uint32_t Determinizer::state_of(Nodes nodes) {
  if (by_subsets_) close(nodes);
  const auto next = first_state_ + static_cast<std::uint32_t>(pending_.size());
  const auto [found, is_new] = known_.try_emplace(std::move(nodes), next);
  if (is_new) pending_.push_back(found->first);
  return found->second;
}

std::size_t Determinizer::size_of(Fragment part) {
  ++mark_;
  Nodes nodes{part.entry};
  marks_[part.entry] = mark_;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::uint32_t e = nfa_.first_edge(nodes[i]); e != kNone; e = nfa_.edge(e).next) {
      const NodeId target = nfa_.edge(e).target;
      if (marks_[target] == mark_) continue;
      marks_[target] = mark_;
      nodes.push_back(target);
    }
  }
  return nodes.size();
}

bool Determinizer::add_subsets(Fragment part) {
  by_subsets_ = true;
  pending_.clear();
  known_.clear();
  Nodes start{part.entry};
  close(start);
  pending_.push_back(std::move(start));  // not known_: nothing leads to it
  const std::size_t size = size_of(part);
  std::size_t nodes = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Nodes closed = pending_[i];
    nodes += closed.size();
    add_state(closed, part.exit);
    if (pending_.size() > kStatesAtLeast + kStatesPerNode * size) return false;
    if (nodes > kNodesAtLeast + kNodesPerNode * size) return false;
  }
  return true;
}

void Determinizer::add_nodes(Fragment part) {
  by_subsets_ = false;
  pending_.clear();
  known_.clear();
  pending_.push_back({part.entry});
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Nodes closed = pending_[i];
    close(closed);
    add_state(closed, part.exit);
  }
}

void Determinizer::add_state(const Nodes& closed, NodeId exit) {
  network_.states.push_back({static_cast<std::uint32_t>(network_.ranges.size()),
                             static_cast<std::uint32_t>(network_.calls.size()),
                             std::binary_search(closed.begin(), closed.end(), exit)});
  add_transitions(closed);
  spend(1);
}

void Determinizer::add_transitions(const Nodes& closed) {
  bool begins[257] = {};  // bytes where the set of edges changes
  std::vector<const Nfa::Edge*> bytes;
  std::map<RuleId, Nodes> calls;
  for (const NodeId node : closed) {
    for (std::uint32_t e = nfa_.first_edge(node); e != kNone; e = nfa_.edge(e).next) {
      const Nfa::Edge& edge = nfa_.edge(e);
      if (edge.kind == Nfa::EdgeKind::Skip || !reach_.node(edge.target)) continue;
      if (edge.kind == Nfa::EdgeKind::Call) {
        if (reach_.rule(edge.rule)) calls[edge.rule].push_back(edge.target);
        continue;
      }
      bytes.push_back(&edge);
      begins[edge.first] = begins[edge.last + 1] = true;
    }
  }
  for (auto& [rule, targets] : calls) {
    if (by_subsets_) {
      network_.calls.push_back({rule, state_of(targets)});
      continue;
    }
    for (const NodeId target : targets) network_.calls.push_back({rule, state_of({target})});
  }
  if (bytes.empty()) return;
  std::vector<Nodes> targets(257);  // of the bytes from a beginning to the next one
  for (const Nfa::Edge* edge : bytes) {
    for (int b = edge->first; b <= edge->last; ++b) {
      if (begins[b]) targets[static_cast<std::size_t>(b)].push_back(edge->target);
    }
  }
  for (int first = 0; first < 256; ++first) {
    if (!begins[first] || targets[static_cast<std::size_t>(first)].empty()) continue;
    int last = first;
    while (last < 255 && !begins[last + 1]) ++last;
    add_transition(static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last),
                   targets[static_cast<std::size_t>(first)]);
  }
}

void Determinizer::add_transition(std::uint8_t first, std::uint8_t last, const Nodes& targets) {
  if (!by_subsets_) {
    for (const NodeId target : targets) {
      network_.ranges.push_back({first, last, state_of({target})});
    }
    return;
  }
  const std::uint32_t target = state_of(targets);
  const bool is_first = network_.ranges.size() == network_.states.back().first_range;
  if (!is_first && network_.ranges.back().last + 1 == first &&
      network_.ranges.back().target == target) {
    network_.ranges.back().last = last;
  } else {
    network_.ranges.push_back({first, last, target});
  }
}

}  // namespace bantam::grammar
