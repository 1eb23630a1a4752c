// A parsed Go template. Immutable after parsing; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/gotemplate/value.h"

namespace bantam::gotemplate {

struct Function;
struct Pipeline;

struct Dot {};
struct NilWord {};
struct Constant {
  Value value;
};
struct FieldsOfDot {};  // .A.B: the names stand in Operand::fields
struct Variable {
  std::size_t slot;  // in the frame of its template; 0 is $
};
struct FunctionName {
  const Function* function;
};
struct Parenthesized {
  std::unique_ptr<Pipeline> pipeline;
};

// One word of a command and the fields asked of it: $x.Function.Name.
struct Operand {
  using Term =
      std::variant<Dot, NilWord, Constant, FieldsOfDot, Variable, FunctionName, Parenthesized>;
  int line;
  Term term;
  std::vector<std::string> fields;
};

// A function, method or value and its arguments.
using Command = std::vector<Operand>;

struct Pipeline {
  int line = 1;
  std::vector<std::size_t> targets;  // slots of the variables that are declared or assigned
  std::vector<Command> commands;     // each gets the value of the one before as its last argument
};

struct Statement;
using Body = std::vector<Statement>;

struct Literal {
  TextPtr text;
};
struct Action {
  Pipeline pipeline;
};
// {{if}} … {{else if}} … {{else}}; and the same of {{with}}, which moves the dot.
struct Choice {
  struct Branch {
    Pipeline condition;
    Body body;
  };
  bool moves_dot;
  std::vector<Branch> branches;
  Body otherwise;
};
struct Range {
  Pipeline items;
  Body body;
  Body otherwise;
};
struct Break {};
struct Continue {};
struct TemplateCall {
  std::string name;
  Pipeline data;  // no commands: nothing is handed over
};

struct Statement {
  int line;
  std::size_t order;  // its place in the source among all statements
  std::variant<Literal, Action, Choice, Range, Break, Continue, TemplateCall> node;
};

// The statements of the template itself or of one that it defines.
struct Definition {
  Body body;
  std::size_t frame_size = 1;  // slots of variables
};

struct TemplateAst {
  Definition main;
  std::map<std::string, Definition, std::less<>> definitions;
  // Ollama asks which of its data a template names, in any case of letters.
  bool names_messages = false;
  bool names_response = false;
  // The order of the first action of `main` that names .Response.
  std::optional<std::size_t> response_action;
  std::size_t statement_count = 0;
};

}  // namespace bantam::gotemplate
