// Grammars under construction: rules made of nodes and edges, as Thompson's construction makes
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/grammar/code_point_set.h"

namespace bantam::grammar {

using NodeId = std::uint32_t;
using RuleId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

// One entry, one exit; nothing leads into the entry or out of the exit until it is joined to
// others.
struct Fragment {
  NodeId entry = kNone, exit = kNone;
};

// How often; no maximum: any number.
struct Repetition {
  std::uint32_t min = 0;
  std::optional<std::uint32_t> max;
};

// Thompson, "Regular expression search algorithm", 1968, over bytes and calls of rules. Every add
// throws Error{BadInput} past the limits of limits.h. One thread.
class Nfa {
 public:
  enum class EdgeKind : std::uint8_t { Bytes, Call, Skip };
  struct Edge {
    NodeId target;
    RuleId rule;         // of a call
    std::uint32_t next;  // edge of the same node, or kNone
    EdgeKind kind;
    std::uint8_t first, last;  // of bytes
  };
  // A rule is its body, or its body counted and then what follows.
  struct Rule {
    std::string name;
    Fragment body;  // kNone until it is defined
    bool is_counted = false;
    Repetition count;
    Fragment after;  // of a counted rule
  };

  NodeId add_node();
  void add_bytes(NodeId from, std::uint8_t first, std::uint8_t last, NodeId to);
  void add_call(NodeId from, RuleId rule, NodeId to);
  void add_skip(NodeId from, NodeId to);

  RuleId add_rule(std::string name);
  void define(RuleId rule, Fragment body);
  void define_counted(RuleId rule, Fragment body, Repetition count, Fragment after);

  Fragment nothing();  // the empty text
  Fragment never();    // no text at all
  Fragment bytes(std::string_view literal);
  Fragment code_points(const CodePointSet& set);  // one character in UTF-8
  Fragment call(RuleId rule);
  Fragment sequence(std::span<const Fragment> parts);
  Fragment sequence(std::initializer_list<Fragment> parts) {
    return sequence(std::span(parts.begin(), parts.size()));
  }
  Fragment either(std::span<const Fragment> parts);
  Fragment either(std::initializer_list<Fragment> parts) {
    return either(std::span(parts.begin(), parts.size()));
  }
  Fragment optional(Fragment part);
  Fragment any_number(Fragment part);
  // `part` is all that was added since node `begin`, so that it can be copied: short repetitions
  // become copies, long ones a counted rule.
  Fragment repeat(Fragment part, NodeId begin, Repetition count);

  NodeId node_count() const { return static_cast<NodeId>(first_edge_.size()); }
  std::uint32_t first_edge(NodeId node) const { return first_edge_[node]; }
  Edge& edge(std::uint32_t index) { return edges_[index]; }
  const Edge& edge(std::uint32_t index) const { return edges_[index]; }
  std::vector<Rule>& rules() { return rules_; }
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  void add_edge(NodeId from, Edge edge);
  void add_utf8(char32_t first, char32_t last, NodeId from, NodeId to);
  Fragment copy(Fragment part, NodeId begin, NodeId end);

  std::vector<std::uint32_t> first_edge_;  // of each node
  std::vector<Edge> edges_;
  std::vector<Rule> rules_;
};

}  // namespace bantam::grammar
