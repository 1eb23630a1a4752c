// Template source to tokens, with Jinja's rules for white space: trim_blocks and lstrip_blocks on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/values/value.h"

namespace bantam::jinja {

enum class TokenKind {
  Data,           // text between tags
  VariableBegin,  // {{
  VariableEnd,
  BlockBegin,  // {%
  BlockEnd,
  Name,
  String,
  Whole,
  Real,
  Operator,
  End,
};

struct Token {
  TokenKind kind = TokenKind::End;
  int line = 1;
  std::string text;   // of Data, Name, String (unescaped) and Operator
  Integer whole = 0;  // of Whole
  double real = 0;    // of Real
};

// All tokens, End last. Throws TemplateError{Syntax}.
std::vector<Token> tokenize(std::string_view source);

}  // namespace bantam::jinja
