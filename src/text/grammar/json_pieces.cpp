#include "text/grammar/json_pieces.h"

#include <string>

#include "base/utf8.h"
#include "text/grammar/json_number.h"
#include "text/grammar/json_tree.h"

namespace bantam::grammar {
namespace {

const CodePointSet& plain_characters() {
  static const CodePointSet set =
      CodePointSet::all().without({{0, 0x1F}, {'"', '"'}, {'\\', '\\'}});
  return set;
}

}  // namespace

// Made at the first use, so that rules may call each other.
RuleId JsonPieces::shared(RuleId& rule, std::string_view name, Fragment (JsonPieces::*make)()) {
  if (rule == kNone) {
    rule = nfa_.add_rule(std::string(name));
    const RuleId id = rule;
    nfa_.define(id, (this->*make)());
  }
  return rule;
}

Fragment JsonPieces::space() {
  return nfa_.call(shared(space_, "white space", &JsonPieces::make_space));
}
Fragment JsonPieces::string() {
  return nfa_.call(shared(string_, "string", &JsonPieces::make_string));
}
Fragment JsonPieces::number() {
  return nfa_.call(shared(number_, "number", &JsonPieces::make_number));
}
Fragment JsonPieces::integer() {
  return nfa_.call(shared(integer_, "integer", &JsonPieces::make_integer));
}
Fragment JsonPieces::value() { return nfa_.call(shared(value_, "value", &JsonPieces::make_value)); }
Fragment JsonPieces::object() {
  return nfa_.call(shared(object_, "object", &JsonPieces::make_object));
}

Fragment JsonPieces::make_space() {
  const NodeId begin = nfa_.node_count();
  const Fragment indent = nfa_.repeat(nfa_.code_points({{' ', ' '}, {'\t', '\t'}}), begin,
                                      {.min = 0, .max = kIndentMax});
  return nfa_.optional(nfa_.either({nfa_.bytes(" "), nfa_.sequence({nfa_.bytes("\n"), indent})}));
}

// One character of a string: itself, or one of the escapes of RFC 8259; surrogates in pairs only.
Fragment JsonPieces::character() {
  const auto hex = [this](std::string_view first, std::string_view last) {
    CodePointSet set;
    for (std::size_t i = 0; i < first.size(); ++i) {
      set.add(static_cast<unsigned char>(first[i]), static_cast<unsigned char>(last[i]));
    }
    return nfa_.code_points(set);
  };
  const auto any = [&] { return hex("0Aa", "9Ff"); };
  const Fragment outside =
      nfa_.either({nfa_.sequence({hex("0Aaef"
                                      "EF",
                                      "9Ccef"
                                      "EF"),
                                  any(), any(), any()}),
                   nfa_.sequence({hex("Dd", "Dd"), hex("0", "7"), any(), any()})});
  const Fragment pair =
      nfa_.sequence({hex("Dd", "Dd"), hex("8Aa", "9Bb"), any(), any(), nfa_.bytes("\\u"),
                     hex("Dd", "Dd"), hex("Cc", "Ff"), any(), any()});
  const Fragment escape = nfa_.sequence(
      {nfa_.bytes("\\"),
       nfa_.either({nfa_.code_points({{'"', '"'},
                                      {'\\', '\\'},
                                      {'/', '/'},
                                      {'b', 'b'},
                                      {'f', 'f'},
                                      {'n', 'n'},
                                      {'r', 'r'},
                                      {'t', 't'}}),
                    nfa_.sequence({nfa_.bytes("u"), nfa_.either({outside, pair})})})});
  return nfa_.either({nfa_.code_points(plain_characters()), escape});
}

Fragment JsonPieces::make_string() {
  return nfa_.sequence({nfa_.bytes("\""), nfa_.any_number(character()), nfa_.bytes("\"")});
}

Fragment JsonPieces::string(Repetition characters) {
  if (characters.min == 0 && !characters.max) return string();
  if (characters.max == 0U) return nfa_.bytes("\"\"");
  const auto [found, is_new] =
      counted_strings_.try_emplace({characters.min, characters.max.value_or(kNone)}, kNone);
  if (is_new) {
    found->second = nfa_.add_rule("string");
    // The closing quote belongs to the rule: only past it has the string ended.
    const Fragment body = character();
    nfa_.define_counted(found->second, body, characters, nfa_.bytes("\""));
  }
  return nfa_.sequence({nfa_.bytes("\""), nfa_.call(found->second)});
}

Fragment JsonPieces::make_number() { return add_number(nfa_, {}); }
Fragment JsonPieces::make_integer() { return add_integer(nfa_, {}); }

Fragment JsonPieces::make_member() { return nfa_.sequence({string(), colon(), value()}); }

Fragment JsonPieces::make_object() {
  const RuleId member = shared(member_, "member", &JsonPieces::make_member);
  return list("{}", member, {.min = 0, .max = {}});
}

Fragment JsonPieces::make_value() {
  const Fragment array = list("[]", value_, {.min = 0, .max = {}});
  return nfa_.either({object(), array, string(), number(), nfa_.bytes("true"), nfa_.bytes("false"),
                      nfa_.bytes("null")});
}

Fragment JsonPieces::colon() {
  return nfa_.sequence({nfa_.bytes(":"), nfa_.optional(nfa_.bytes(" "))});
}

Fragment JsonPieces::key(std::string_view name) {
  return nfa_.sequence({nfa_.bytes(json_string(name)), colon()});
}

Fragment JsonPieces::other_key(std::span<const std::string> names) {
  // A trie of the names; what leaves it may be any key, what ends inside it any but a name.
  struct Node {
    std::map<char32_t, std::size_t> next;
    bool is_name = false;
    NodeId node = kNone;
  };
  std::vector<Node> trie(1);
  for (const std::string& name : names) {
    std::size_t at = 0;
    for (const char32_t c : to_code_points(name)) {
      const auto [found, is_new] = trie[at].next.try_emplace(c, trie.size());
      const std::size_t next = found->second;
      if (is_new) trie.emplace_back();
      at = next;
    }
    trie[at].is_name = true;
  }
  const Fragment rest =
      nfa_.sequence({nfa_.any_number(nfa_.code_points(plain_characters())), nfa_.bytes("\"")});
  for (Node& node : trie) node.node = nfa_.add_node();
  for (const Node& node : trie) {
    CodePointSet known;
    for (const auto& [c, next] : node.next) {
      known.add(c, c);
      if (!plain_characters().contains(c)) continue;  // such a name has an escape: no key here
      const Fragment step = nfa_.code_points({{c, c}});
      nfa_.add_skip(node.node, step.entry);
      nfa_.add_skip(step.exit, trie[next].node);
    }
    const Fragment leave = nfa_.code_points(plain_characters().without(known));
    nfa_.add_skip(node.node, leave.entry);
    nfa_.add_skip(leave.exit, rest.entry);
    if (!node.is_name) {
      const Fragment end = nfa_.bytes("\"");
      nfa_.add_skip(node.node, end.entry);
      nfa_.add_skip(end.exit, rest.exit);
    }
  }
  return nfa_.sequence({nfa_.bytes("\""), {trie[0].node, rest.exit}, colon()});
}

Fragment JsonPieces::bracketed(std::string_view brackets, Fragment content, bool may_be_empty) {
  const Fragment filled = nfa_.sequence({content, space()});
  return nfa_.sequence({nfa_.bytes(brackets.substr(0, 1)), space(),
                        may_be_empty ? nfa_.optional(filled) : filled,
                        nfa_.bytes(brackets.substr(1))});
}

Fragment JsonPieces::list(std::string_view brackets, RuleId element, Repetition count) {
  const bool may_be_empty = count.min == 0;
  if (count.max == 0U) {
    return nfa_.sequence({nfa_.bytes(brackets.substr(0, 1)), nfa_.bytes(brackets.substr(1))});
  }
  const Fragment first = nfa_.call(element);
  const Repetition more{.min = count.min == 0 ? 0 : count.min - 1,
                        .max = count.max ? std::optional(*count.max - 1) : std::nullopt};
  space();  // made before what is copied
  const NodeId begin = nfa_.node_count();
  const Fragment others = nfa_.repeat(nfa_.sequence({comma(), nfa_.call(element)}), begin, more);
  return bracketed(brackets, nfa_.sequence({first, others}), may_be_empty);
}

}  // namespace bantam::grammar
