#include "text/grammar/gbnf.h"

#include <string>
#include <unordered_map>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"
#include "text/grammar/json_schema.h"
#include "text/grammar/nfa.h"
#include "text/grammar/source_cursor.h"

namespace bantam::grammar {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Whether a line break may come before the next thing.
enum class Lines { Same, Any };

class GbnfReader {
 public:
  explicit GbnfReader(std::string_view source) : cursor_(source, "grammar") {}

  Grammar read(std::span<const GbnfSchema> schemas) {
    skip_space(Lines::Any);
    while (!cursor_.is_at_end()) read_rule();
    for (const GbnfSchema& schema : schemas) add_schema(schema);
    for (const Nfa::Rule& rule : nfa_.rules()) {
      if (rule.body.entry != kNone) continue;
      throw Error(ErrorCode::BadInput,
                  format("grammar: the rule {} is used but not defined", quoted(rule.name)));
    }
    const auto root = rules_.find("root");
    if (root == rules_.end()) {
      throw Error(ErrorCode::BadInput, "grammar: found no rule \"root\", where every text begins");
    }
    return compile(std::move(nfa_), root->second);
  }

 private:
  void add_schema(const GbnfSchema& schema) {
    const auto rule = rules_.find(std::string(schema.rule));
    if (rule == rules_.end()) return;
    if (nfa_.rules()[rule->second].body.entry != kNone) {
      throw Error(ErrorCode::BadInput, format("grammar: the rule {} is defined by a schema as well",
                                              quoted(schema.rule)));
    }
    const RuleId text = add_json_schema(nfa_, schema.schema);
    nfa_.define(rule->second, nfa_.call(text));
  }

  void skip_space(Lines lines) {
    for (;;) {
      const char c = cursor_.peek();
      if (c == '#') {
        while (!cursor_.is_at_end() && cursor_.peek() != '\n' && cursor_.peek() != '\r') {
          cursor_.next();
        }
      } else if (!cursor_.is_at_end() &&
                 (c == ' ' || c == '\t' || (lines == Lines::Any && (c == '\n' || c == '\r')))) {
        cursor_.next();
      } else {
        return;
      }
    }
  }

  std::string read_name() {
    const std::size_t begin = cursor_.offset();
    while (is_name_character(cursor_.peek())) cursor_.next();
    if (cursor_.offset() == begin) cursor_.fail("the name of a rule");
    return std::string(cursor_.since(begin));
  }

  RuleId rule_named(const std::string& name) {
    const auto found = rules_.find(name);
    if (found != rules_.end()) return found->second;
    const RuleId id = nfa_.add_rule(name);
    rules_.emplace(name, id);
    return id;
  }

  void read_rule() {
    const std::string name = read_name();
    skip_space(Lines::Same);
    if (!cursor_.take("::=")) cursor_.fail("\"::=\"");
    skip_space(Lines::Any);
    const RuleId id = rule_named(name);
    if (nfa_.rules()[id].body.entry != kNone) {
      cursor_.refuse(format("the rule {} is defined twice", quoted(name)));
    }
    nfa_.define(id, read_alternatives(Lines::Same));
    if (!cursor_.is_at_end() && cursor_.peek() != '\n' && cursor_.peek() != '\r') {
      cursor_.fail(
          "the end of the line: alternatives on further lines follow a \"|\" at a line's "
          "end, or stand in parentheses");
    }
    skip_space(Lines::Any);
  }

  Fragment read_alternatives(Lines lines) {
    const SourceCursor::Nesting nesting(cursor_);
    std::vector<Fragment> alternatives{read_sequence(lines)};
    while (cursor_.take("|")) {
      skip_space(Lines::Any);
      alternatives.push_back(read_sequence(lines));
    }
    return nfa_.either(alternatives);
  }

  Fragment read_sequence(Lines lines) {
    std::vector<Fragment> parts;
    for (;;) {
      const NodeId begin = nfa_.node_count();
      const char c = cursor_.peek();
      if (c == '"') {
        parts.push_back(read_literal());
      } else if (c == '[') {
        parts.push_back(nfa_.code_points(read_class()));
      } else if (c == '.') {
        cursor_.next();
        parts.push_back(nfa_.code_points(CodePointSet::all()));
      } else if (c == '(') {
        cursor_.next();
        skip_space(Lines::Any);
        parts.push_back(read_alternatives(Lines::Any));
        if (!cursor_.take(")")) cursor_.fail("\")\"");
      } else if (is_name_character(c)) {
        parts.push_back(nfa_.call(rule_named(read_name())));
      } else if (c == '<' || (c == '!' && cursor_.peek(1) == '<')) {
        cursor_.refuse("token literals are not supported; write the text of the token in quotes");
      } else {
        return nfa_.sequence(parts);
      }
      skip_space(lines);
      while (read_repetition(parts.back(), begin)) skip_space(lines);
    }
  }

  bool read_repetition(Fragment& part, NodeId begin) {
    if (cursor_.take("*")) {
      part = nfa_.repeat(part, begin, {.min = 0, .max = {}});
    } else if (cursor_.take("+")) {
      part = nfa_.repeat(part, begin, {.min = 1, .max = {}});
    } else if (cursor_.take("?")) {
      part = nfa_.repeat(part, begin, {.min = 0, .max = 1});
    } else if (cursor_.take("{")) {
      part = nfa_.repeat(part, begin, cursor_.repetition());
    } else {
      return false;
    }
    return true;
  }

  Fragment read_literal() {
    cursor_.next();
    std::string text;
    while (!cursor_.take("\"")) {
      if (cursor_.is_at_end()) cursor_.fail("the closing quote of a text");
      append_utf8(text, read_character());
    }
    return nfa_.bytes(text);
  }

  CodePointSet read_class() {
    cursor_.next();
    const bool is_negated = cursor_.take("^");
    CodePointSet set;
    while (!cursor_.take("]")) {
      if (cursor_.is_at_end()) cursor_.fail("\"]\", the end of the characters");
      const char32_t first = read_character();
      if (cursor_.peek() != '-' || cursor_.peek(1) == ']') {
        set.add(first, first);
        continue;
      }
      cursor_.next();
      if (cursor_.is_at_end()) cursor_.fail("the last character of a range");
      const char32_t last = read_character();
      if (last < first) cursor_.refuse("a range of characters ends before it begins");
      set.add(first, last);
    }
    return is_negated ? set.complement() : set;
  }

  char32_t read_character() {
    if (!cursor_.take("\\")) return cursor_.next();
    if (cursor_.is_at_end()) cursor_.fail("an escape");
    switch (cursor_.peek()) {
      case 'x':
        return cursor_.next(), cursor_.hex(2);
      case 'u':
        return cursor_.next(), cursor_.hex(4);
      case 'U':
        return cursor_.next(), cursor_.hex(8);
      case 't':
        return cursor_.next(), U'\t';
      case 'r':
        return cursor_.next(), U'\r';
      case 'n':
        return cursor_.next(), U'\n';
      case '\\':
      case '"':
      case '[':
      case ']':
        return cursor_.next();
      default:
        cursor_.fail("one of t, r, n, \\, \", [, ], x, u and U after \"\\\"");
    }
  }

  SourceCursor cursor_;
  Nfa nfa_;
  std::unordered_map<std::string, RuleId> rules_;
};

}  // namespace

Grammar compile_gbnf(std::string_view source) { return compile_gbnf(source, {}); }

Grammar compile_gbnf(std::string_view source, std::span<const GbnfSchema> schemas) {
  return GbnfReader(source).read(schemas);
}

}  // namespace bantam::grammar
