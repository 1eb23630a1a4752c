#include "text/grammar/nfa.h"

#include "base/check.h"
#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/grammar/limits.h"

namespace bantam::grammar {
namespace {

constexpr std::uint64_t kCopiedNodesMax = 1024;  // of one repetition; more is counted

}  // namespace

NodeId Nfa::add_node() {
  if (first_edge_.size() >= limits::kStatesMax) {
    throw Error(ErrorCode::BadInput, format("the grammar is too large: found more than {} states; "
                                            "make it shorter or use fewer alternatives",
                                            limits::kStatesMax));
  }
  first_edge_.push_back(kNone);
  return static_cast<NodeId>(first_edge_.size() - 1);
}

void Nfa::add_edge(NodeId from, Edge edge) {
  if (edges_.size() >= limits::kEdgesMax) {
    throw Error(ErrorCode::BadInput, format("the grammar is too large: found more than {} edges; "
                                            "make it shorter or use fewer alternatives",
                                            limits::kEdgesMax));
  }
  edge.next = first_edge_[from];
  first_edge_[from] = static_cast<std::uint32_t>(edges_.size());
  edges_.push_back(edge);
}

void Nfa::add_bytes(NodeId from, std::uint8_t first, std::uint8_t last, NodeId to) {
  add_edge(from, {to, kNone, kNone, EdgeKind::Bytes, first, last});
}
void Nfa::add_call(NodeId from, RuleId rule, NodeId to) {
  add_edge(from, {to, rule, kNone, EdgeKind::Call, 0, 0});
}
void Nfa::add_skip(NodeId from, NodeId to) {
  add_edge(from, {to, kNone, kNone, EdgeKind::Skip, 0, 0});
}

RuleId Nfa::add_rule(std::string name) {
  rules_.push_back({std::move(name), {}, false, {}, {}});
  return static_cast<RuleId>(rules_.size() - 1);
}

void Nfa::define(RuleId rule, Fragment body) {
  BANTAM_CHECK(rules_[rule].body.entry == kNone, "a rule is defined once");
  rules_[rule].body = body;
}

void Nfa::define_counted(RuleId rule, Fragment body, Repetition count, Fragment after) {
  define(rule, body);
  rules_[rule].is_counted = true;
  rules_[rule].count = count;
  rules_[rule].after = after;
}

Fragment Nfa::nothing() {
  const Fragment result = never();
  add_skip(result.entry, result.exit);
  return result;
}

Fragment Nfa::never() {
  const NodeId entry = add_node();
  return {entry, add_node()};
}

Fragment Nfa::bytes(std::string_view literal) {
  const NodeId entry = add_node();
  NodeId at = entry;
  for (const char c : literal) {
    const NodeId next = add_node();
    const auto byte = static_cast<std::uint8_t>(c);
    add_bytes(at, byte, byte, next);
    at = next;
  }
  if (at != entry) return {entry, at};
  const NodeId exit = add_node();
  add_skip(entry, exit);
  return {entry, exit};
}

Fragment Nfa::code_points(const CodePointSet& set) {
  const Fragment result = never();
  for (const CodePointRange& range : set.ranges()) {
    // Ranges of one encoded length each.
    char32_t first = range.first;
    for (const char32_t end : {0x7FU, 0x7FFU, 0xFFFFU, 0x10FFFFU}) {
      if (first > end || first > range.last) continue;
      const char32_t last = std::min<char32_t>(range.last, end);
      add_utf8(first, last, result.entry, result.exit);
      first = last + 1;
    }
  }
  return result;
}

// Both ends have equally many bytes. Splits until every byte but those of a common beginning spans
// all of its values, which makes one chain of edges.
void Nfa::add_utf8(char32_t first, char32_t last, NodeId from, NodeId to) {
  const std::string low = to_utf8(first), high = to_utf8(last);
  for (std::size_t i = 1; i < low.size(); ++i) {  // i: continuation bytes, from the last
    const char32_t mask = (char32_t{1} << (6 * i)) - 1;
    if ((first & ~mask) == (last & ~mask)) continue;
    if ((first & mask) != 0) {
      add_utf8(first, first | mask, from, to);
      add_utf8((first | mask) + 1, last, from, to);
      return;
    }
    if ((last & mask) != mask) {
      add_utf8(first, (last & ~mask) - 1, from, to);
      add_utf8(last & ~mask, last, from, to);
      return;
    }
  }
  NodeId at = from;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const NodeId next = i + 1 == low.size() ? to : add_node();
    add_bytes(at, static_cast<std::uint8_t>(low[i]), static_cast<std::uint8_t>(high[i]), next);
    at = next;
  }
}

Fragment Nfa::call(RuleId rule) {
  const Fragment result = never();
  add_call(result.entry, rule, result.exit);
  return result;
}

Fragment Nfa::sequence(std::span<const Fragment> parts) {
  if (parts.empty()) return nothing();
  for (std::size_t i = 1; i < parts.size(); ++i) add_skip(parts[i - 1].exit, parts[i].entry);
  return {parts.front().entry, parts.back().exit};
}

Fragment Nfa::either(std::span<const Fragment> parts) {
  if (parts.size() == 1) return parts[0];
  const Fragment result = never();
  for (const Fragment& part : parts) {
    add_skip(result.entry, part.entry);
    add_skip(part.exit, result.exit);
  }
  return result;
}

Fragment Nfa::optional(Fragment part) {
  const Fragment result = never();
  add_skip(result.entry, part.entry);
  add_skip(part.exit, result.exit);
  add_skip(result.entry, result.exit);
  return result;
}

Fragment Nfa::any_number(Fragment part) {
  const Fragment result = never();
  add_skip(result.entry, part.entry);
  add_skip(part.exit, part.entry);
  add_skip(part.exit, result.exit);
  add_skip(result.entry, result.exit);
  return result;
}

Fragment Nfa::copy(Fragment part, NodeId begin, NodeId end) {
  const NodeId offset = node_count() - begin;
  for (NodeId node = begin; node < end; ++node) add_node();
  for (NodeId node = begin; node < end; ++node) {
    for (std::uint32_t e = first_edge_[node]; e != kNone; e = edges_[e].next) {
      Edge edge = edges_[e];
      BANTAM_CHECK(edge.target >= begin && edge.target < end, "a fragment is closed in itself");
      edge.target += offset;
      add_edge(node + offset, edge);
    }
  }
  return {part.entry + offset, part.exit + offset};
}

Fragment Nfa::repeat(Fragment part, NodeId begin, Repetition count) {
  const NodeId end = node_count();
  const std::uint64_t copies = count.max ? *count.max : std::uint64_t{count.min} + 1;
  if (count.max == 0U) return nothing();
  if (copies > 1 && copies * (end - begin) > kCopiedNodesMax) {
    const RuleId rule = add_rule("repetition");
    define_counted(rule, part, count, nothing());
    return call(rule);
  }
  std::vector<Fragment> parts{part};
  while (parts.size() < copies) parts.push_back(copy(part, begin, end));
  if (!count.max) {
    parts.back() = any_number(parts.back());
  } else {
    // Optional ones are nested, x(x(x)?)?: one way to read each text.
    const NodeId exit = add_node();
    for (std::size_t i = count.min; i < parts.size(); ++i) add_skip(parts[i].entry, exit);
    Fragment all = sequence(parts);
    add_skip(all.exit, exit);
    return {all.entry, exit};
  }
  return sequence(parts);
}

}  // namespace bantam::grammar
