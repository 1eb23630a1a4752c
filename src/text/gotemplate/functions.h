// The functions of a template: Go's own and those that Ollama adds.
#pragma once

#include <span>
#include <string_view>

#include "text/gotemplate/value.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

// A row of the table of functions.
struct Function {
  using Body = Value (*)(jinja::Runtime& runtime, std::span<const Value> arguments);

  std::string_view name;
  int least;  // arguments
  int most;   // -1: any number
  Body body;  // null for `and` and `or`, of which the interpreter evaluates only what it needs
};

// Null if there is none of that name.
const Function* find_function(std::string_view name);

// Whether the two are equal, as `eq` has it. Throws a Type fault for what cannot be compared.
bool are_equal(jinja::Runtime& runtime, const Value& a, const Value& b);

}  // namespace bantam::gotemplate
