// A parsed template. Immutable after parsing; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/builtins/functions.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct Statement;
using Body = std::vector<Statement>;

// Names are numbers of a table that belongs to the template; the first four are always the same.
using NameId = std::uint32_t;
inline constexpr NameId kLoopName = 0;
inline constexpr NameId kCallerName = 1;
inline constexpr NameId kKwargsName = 2;
inline constexpr NameId kVarargsName = 3;

// --- expressions
// -----------------------------------------------------------------------------------

struct Constant {
  Value value;  // a scalar or a text
};
struct Name {
  NameId id;
};
struct ListDisplay {
  std::vector<ExpressionPtr> items;
  Kind kind;  // List or Tuple
};
struct DictDisplay {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct AttributeOf {
  ExpressionPtr object;
  std::string name;
};
struct ItemOf {
  ExpressionPtr object;
  ExpressionPtr key;
};
struct SliceOf {
  ExpressionPtr object;
  ExpressionPtr start, stop, step;  // null for what is left out
};
struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<TextPtr, ExpressionPtr>> named;
  ExpressionPtr more_positional;  // *expr, or null
  ExpressionPtr more_named;       // **expr, or null
};
struct Call {
  ExpressionPtr callee;
  CallArguments arguments;
};
// A filter or a test.
struct Apply {
  ExpressionPtr input;     // null for the body of a block
  const Builtin* builtin;  // null if unknown, which is an error only when it is reached
  std::string name;
  bool is_test;
  CallArguments arguments;
};
struct Not {
  ExpressionPtr operand;
};
struct Sign {
  ExpressionPtr operand;
  bool negative;
};
// first op operand op operand …, from the left: chains do not nest.
struct Arithmetic {
  ExpressionPtr first;
  std::vector<std::pair<ArithmeticOp, ExpressionPtr>> rest;
};
struct Concatenation {
  std::vector<ExpressionPtr> parts;
};
struct Comparison {
  ExpressionPtr first;
  std::vector<std::pair<CompareOp, ExpressionPtr>> rest;
};
struct Logic {
  std::vector<ExpressionPtr> operands;
  bool conjunction;  // and; or otherwise
};
struct Conditional {
  ExpressionPtr condition;
  ExpressionPtr then;
  ExpressionPtr otherwise;  // or null
};

struct Expression {
  using Node =
      std::variant<Constant, Name, ListDisplay, DictDisplay, AttributeOf, ItemOf, SliceOf, Call,
                   Apply, Not, Sign, Arithmetic, Concatenation, Comparison, Logic, Conditional>;
  Node node;
  int line = 1;
  int depth = 1;  // of the longest way down
};

// --- statements
// ------------------------------------------------------------------------------------

// What can be assigned to: a name, a name's attribute in a namespace, or several of them.
struct Target {
  NameId name = 0;
  TextPtr attribute;          // of a namespace; null for a plain name
  std::vector<Target> parts;  // not empty: values are unpacked
  bool unpacks = false;
};

struct TemplateText {
  TextPtr text;
};
struct Print {
  ExpressionPtr value;
};
struct If {
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body otherwise;
};
struct For {
  Target target;
  ExpressionPtr iterable;
  ExpressionPtr condition;  // or null
  Body body;
  Body otherwise;
  bool recursive = false;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
struct SetBlock {
  Target target;
  ExpressionPtr filter;  // a chain of Apply ending in one without input, or null
  Body body;
};
struct MacroDefinition {
  std::string name;
  NameId id = 0;
  std::vector<std::pair<NameId, TextPtr>> parameters;
  std::vector<ExpressionPtr> defaults;  // of the last parameters
  bool uses_caller = false;
  bool uses_kwargs = false;
  bool uses_varargs = false;
  bool caller_is_parameter = false;
  Body body;
};
struct MacroStatement {
  std::unique_ptr<MacroDefinition> macro;
};
struct CallBlock {
  ExpressionPtr call;  // a Call
  std::unique_ptr<MacroDefinition> caller;
};
struct FilterBlock {
  ExpressionPtr filter;
  Body body;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> values;
  Body body;
};
// A body with names of its own: {% generation %}, {% block %} (which sees the outermost names
// only).
struct Scoped {
  Body body;
  bool from_root = false;
};
struct Autoescape {
  ExpressionPtr enabled;
  Body body;
};
struct Jump {
  bool leaves_loop;  // break; continue otherwise
};
// include, import, from and extends: there is nowhere to load from.
struct Unavailable {
  std::string tag;
};

struct Statement {
  using Node = std::variant<TemplateText, Print, If, For, Set, SetBlock, MacroStatement, CallBlock,
                            FilterBlock, With, Scoped, Autoescape, Jump, Unavailable>;
  Node node;
  int line = 1;
};

struct TemplateAst {
  Body body;
  std::vector<TextPtr> names;  // by NameId
};

}  // namespace bantam::jinja
