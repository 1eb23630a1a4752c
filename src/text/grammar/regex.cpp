#include "text/grammar/regex.h"

#include <optional>

#include "base/format.h"
#include "base/utf8.h"
#include "text/grammar/source_cursor.h"

namespace bantam::grammar {
namespace {

const CodePointSet& digits() {
  static const CodePointSet set{{'0', '9'}};
  return set;
}
const CodePointSet& word_characters() {
  static const CodePointSet set{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}};
  return set;
}
const CodePointSet& spaces() {
  // White space and line ends as ECMA-262 has them.
  static const CodePointSet set{
      {'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
      {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return set;
}

// \d and its kin, or nothing.
std::optional<CodePointSet> class_of(char letter) {
  switch (letter) {
    case 'd':
      return digits();
    case 'D':
      return digits().complement();
    case 'w':
      return word_characters();
    case 'W':
      return word_characters().complement();
    case 's':
      return spaces();
    case 'S':
      return spaces().complement();
    default:
      return {};
  }
}

class RegexReader {
 public:
  RegexReader(Nfa& nfa, std::string_view source, std::string_view what, Spelling spelling)
      : cursor_(source, what), nfa_(nfa), spelling_(spelling) {}

  Fragment read(Extent extent) {
    std::vector<Fragment> alternatives{read_outermost(extent)};
    while (cursor_.take("|")) alternatives.push_back(read_outermost(extent));
    if (!cursor_.is_at_end()) cursor_.fail("the end: there is no \"(\" that it closes");
    return nfa_.either(alternatives);
  }

 private:
  // An alternative that stands in no group, with its ^ and $.
  Fragment read_outermost(Extent extent) {
    std::vector<Fragment> parts;
    if (!cursor_.take("^") && extent == Extent::Part) parts.push_back(anything());
    parts.push_back(read_sequence());
    if (!cursor_.take("$") && extent == Extent::Part) parts.push_back(anything());
    if (!cursor_.is_at_end() && cursor_.peek() != '|' && cursor_.peek() != ')') {
      cursor_.refuse("\"$\" is supported only at the end of the expression");
    }
    return nfa_.sequence(parts);
  }

  Fragment anything() { return nfa_.any_number(spell(nfa_, CodePointSet::all(), spelling_)); }

  Fragment read_alternatives() {
    const SourceCursor::Nesting nesting(cursor_);
    std::vector<Fragment> alternatives{read_sequence()};
    while (cursor_.take("|")) alternatives.push_back(read_sequence());
    return nfa_.either(alternatives);
  }

  Fragment read_sequence() {
    std::vector<Fragment> parts;
    for (;;) {
      const char c = cursor_.peek();
      if (cursor_.is_at_end() || c == '|' || c == ')' || c == '$') return nfa_.sequence(parts);
      const NodeId begin = nfa_.node_count();
      parts.push_back(read_atom());
      read_repetition(parts.back(), begin);
    }
  }

  Fragment read_atom() {
    if (cursor_.take("(")) {
      if (cursor_.take("?")) read_group_kind();
      const Fragment group = read_alternatives();
      if (cursor_.peek() == '$') cursor_.refuse("\"$\" is supported only at the end");
      if (!cursor_.take(")")) cursor_.fail("\")\"");
      return group;
    }
    if (cursor_.take("[")) return spell(nfa_, read_class(), spelling_);
    if (cursor_.take(".")) {
      static const CodePointSet line_ends{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
      return spell(nfa_, line_ends.complement(), spelling_);
    }
    switch (cursor_.peek()) {
      case '*':
      case '+':
      case '?':
      case '{':
        cursor_.refuse("found a repetition of nothing; escape the character to mean itself");
      case '^':
        cursor_.refuse("\"^\" is supported only at the beginning of the expression");
      default:
        return spell(nfa_, read_character_or_class(), spelling_);
    }
  }

  // After "(?": what it captures does not matter, what it asserts does.
  void read_group_kind() {
    if (cursor_.take(":")) return;
    const bool is_named = cursor_.take("P<") || (cursor_.looks_at("<") && cursor_.peek(1) != '=' &&
                                                 cursor_.peek(1) != '!' && cursor_.take("<"));
    if (!is_named) {
      cursor_.refuse(
          "found \"(?\", expected \"(?:\" or a named group: assertions and flags are not "
          "supported");
    }
    while (!cursor_.take(">")) {
      if (cursor_.is_at_end()) cursor_.fail("\">\", the end of the group's name");
      cursor_.next();
    }
  }

  void read_repetition(Fragment& part, NodeId begin) {
    Repetition count;
    if (cursor_.take("*")) {
      count = {.min = 0, .max = {}};
    } else if (cursor_.take("+")) {
      count = {.min = 1, .max = {}};
    } else if (cursor_.take("?")) {
      count = {.min = 0, .max = 1};
    } else if (cursor_.take("{")) {
      count = cursor_.repetition();
    } else {
      return;
    }
    part = nfa_.repeat(part, begin, count);
    cursor_.take("?");  // lazy: the same texts
    const char c = cursor_.peek();
    if (c == '*' || c == '+' || c == '?' || c == '{') {
      cursor_.refuse("found a repetition of a repetition; put the first one into parentheses");
    }
  }

  CodePointSet read_class() {
    const bool is_negated = cursor_.take("^");
    CodePointSet set;
    for (bool is_first = true; is_first || !cursor_.take("]"); is_first = false) {
      if (cursor_.is_at_end()) cursor_.fail("\"]\", the end of the characters");
      if (is_first && cursor_.peek() == ']') cursor_.refuse("found no characters in \"[]\"");
      if (cursor_.looks_at("[:")) cursor_.refuse("named classes like [:alpha:] are not supported");
      const CodePointSet part = read_character_or_class();
      const bool is_one =
          part.ranges().size() == 1 && part.ranges()[0].first == part.ranges()[0].last;
      if (cursor_.peek() != '-' || cursor_.peek(1) == ']' || !is_one) {
        set.add(part);
        continue;
      }
      cursor_.next();
      if (cursor_.is_at_end()) cursor_.fail("the last character of a range");
      const CodePointSet end = read_character_or_class();
      const char32_t first = part.ranges()[0].first;
      if (end.ranges().size() != 1 || end.ranges()[0].first != end.ranges()[0].last ||
          end.ranges()[0].first < first) {
        cursor_.refuse("a range of characters needs two characters, in their order");
      }
      set.add(first, end.ranges()[0].first);
    }
    return is_negated ? set.complement() : set;
  }

  CodePointSet read_character_or_class() {
    if (!cursor_.take("\\")) {
      const char32_t c = cursor_.next();
      return {{c, c}};
    }
    if (cursor_.is_at_end()) cursor_.fail("an escape");
    if (auto set = class_of(cursor_.peek())) {
      cursor_.next();
      return *set;
    }
    const char32_t c = read_escape();
    return {{c, c}};
  }

  // After "\".
  char32_t read_escape() {
    constexpr std::string_view kLetters = "tnrfv0", kValues("\t\n\r\f\v\0", 6);
    const char c = cursor_.peek();
    if (const std::size_t i = kLetters.find(c); i != kLetters.npos) {
      cursor_.next();
      if (c == '0' && cursor_.peek() >= '0' && cursor_.peek() <= '9') {
        cursor_.refuse("octal escapes are not supported; write \\x and two hexadecimal digits");
      }
      return static_cast<char32_t>(kValues[i]);
    }
    if (cursor_.take("x")) return cursor_.hex(2);
    if (cursor_.take("u")) return cursor_.hex(4);
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '1' && c <= '9')) {
      cursor_.refuse(
          format("the escape \\{} is not supported: expected \\d \\w \\s \\D \\W \\S, \\t "
                 "\\n \\r \\f \\v \\0, \\xHH, \\uHHHH or an escaped punctuation mark",
                 std::string(1, c)));
    }
    return cursor_.next();
  }

  SourceCursor cursor_;
  Nfa& nfa_;
  Spelling spelling_;
};

}  // namespace

Fragment spell(Nfa& nfa, const CodePointSet& set, Spelling spelling) {
  if (spelling == Spelling::Plain) return nfa.code_points(set);
  static const CodePointSet escaped{{0, 0x1F}, {'"', '"'}, {'\\', '\\'}};
  std::vector<Fragment> parts{nfa.code_points(set.without(escaped))};
  const CodePointSet to_escape = set.common(escaped);
  for (const CodePointRange& range : to_escape.ranges()) {
    for (char32_t c = range.first; c <= range.last; ++c) {
      constexpr std::string_view kCharacters = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
      const std::size_t i = kCharacters.find(static_cast<char>(c));
      constexpr std::string_view kHex = "0123456789abcdef";
      const std::string text = i != kCharacters.npos
                                   ? std::string("\\") + kNames[i]
                                   : std::string("\\u00") + kHex[c >> 4] + kHex[c & 15];
      parts.push_back(nfa.bytes(text));
    }
  }
  return nfa.either(parts);
}

Fragment add_regex(Nfa& nfa, std::string_view source, std::string_view what, Spelling spelling,
                   Extent extent) {
  return RegexReader(nfa, source, what, spelling).read(extent);
}

Grammar compile_regex(std::string_view source) {
  Nfa nfa;
  const RuleId root = nfa.add_rule("expression");
  nfa.define(root, add_regex(nfa, source, "regular expression", Spelling::Plain, Extent::Whole));
  return compile(std::move(nfa), root);
}

}  // namespace bantam::grammar
