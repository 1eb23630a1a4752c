// Cuts the source of a Go template into text and the words of its actions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::gotemplate {

enum class TokenKind {
  End,  // of the source
  Text,
  OpenAction,
  CloseAction,
  Space,
  Assign,   // =
  Declare,  // :=
  Comma,
  Pipe,
  OpenParen,
  CloseParen,
  Dot,
  Field,       // .Name
  Variable,    // $ or $name
  Identifier,  // a function
  Keyword,     // if, range, end, …
  Bool,
  Nil,
  Integer,
  Float,
  String,
};

struct Token {
  TokenKind kind;
  int line;
  std::string text;  // of a string or character what it says; of a field without its dot
  std::int64_t integer = 0;
  double real = 0;
};

// All tokens, the last one End. Trim markers and comments are done with. Throws
// jinja::TemplateError{Syntax}. Rules: https://pkg.go.dev/text/template, and the Go language
// specification for constants.
std::vector<Token> split_into_tokens(std::string_view source);

}  // namespace bantam::gotemplate
