// The pieces that JSON texts are made of, as parts of a grammar.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "text/grammar/nfa.h"

namespace bantam::grammar {

// Rules that every JSON grammar shares. White space is bounded, so that no text can go on with it
// for ever: nothing, a blank, or a line break and up to kIndentMax blanks or tabs, after brackets
// and commas and before closing brackets; nothing or a blank after a colon.
class JsonPieces {
 public:
  static constexpr std::uint32_t kIndentMax = 32;

  // `nfa` outlives it.
  explicit JsonPieces(Nfa& nfa) : nfa_(nfa) {}

  Fragment space();                        // white space, which may be nothing
  Fragment string();                       // any string
  Fragment string(Repetition characters);  // of so many characters (Unicode code points)
  Fragment number();
  Fragment integer();
  Fragment value();                     // any value
  Fragment object();                    // any object
  Fragment key(std::string_view name);  // with its colon
  // Any key but these, without escapes, with its colon.
  Fragment other_key(std::span<const std::string> names);
  Fragment colon();
  Fragment comma() { return nfa_.sequence({nfa_.bytes(","), space()}); }
  // Elements, separated by commas and so many, between brackets like "[]".
  Fragment list(std::string_view brackets, RuleId element, Repetition count);
  Fragment bracketed(std::string_view brackets, Fragment content, bool may_be_empty);

 private:
  Fragment character();
  RuleId shared(RuleId& rule, std::string_view name, Fragment (JsonPieces::*make)());
  Fragment make_space();
  Fragment make_string();
  Fragment make_number();
  Fragment make_integer();
  Fragment make_value();
  Fragment make_object();
  Fragment make_member();

  Nfa& nfa_;
  RuleId space_ = kNone, string_ = kNone, number_ = kNone, integer_ = kNone, value_ = kNone,
         object_ = kNone, member_ = kNone;
  std::map<std::pair<std::uint32_t, std::uint32_t>, RuleId> counted_strings_;
};

}  // namespace bantam::grammar
