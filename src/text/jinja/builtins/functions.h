// Everything that templates can call by name: filters, tests, methods and global functions.
#pragma once

#include <initializer_list>
#include <string_view>

#include "text/jinja/runtime.h"
#include "text/jinja/values/value.h"

namespace bantam::jinja {

// `self` is what a filter or test is applied to, or whose method it is.
using Function = Value (*)(Runtime& runtime, const Value& self, Arguments& arguments);

struct Builtin {
  std::string_view name;
  Function function = nullptr;
};

// Null where there is none.
const Builtin* find_filter(std::string_view name);
const Builtin* find_test(std::string_view name);

// The global functions of a template as a value; nothing for other names.
bool find_global(Runtime& runtime, std::string_view name, Value& out);

// A callable value. `name` outlives it.
Value make_function(Runtime& runtime, std::string_view name, Function function, Value self = {});

// Matches what was passed to a builtin with its parameters. Throws a Type fault for too many,
// unknown, double or missing ones.
class Parameters {
 public:
  static constexpr std::size_t kMost = 8;
  Parameters(Runtime& runtime, std::string_view function, const Arguments& arguments,
             std::initializer_list<std::string_view> names, std::size_t required = 0);

  // The value, or null if it was not passed.
  const Value* operator[](std::size_t index) const { return values_[index]; }
  // As above, and null for none too.
  const Value* given(std::size_t index) const;
  bool truth(std::size_t index, bool otherwise) const;
  Integer integer(std::size_t index, Integer otherwise) const;
  // An integer as a count: negative is 0, huge is cut to what no limit allows.
  std::size_t count(std::size_t index, Integer otherwise) const;
  // Throws a Type fault for what is no text.
  const TextPtr& text(std::size_t index) const;

 private:
  Runtime& runtime_;
  std::string_view function_;
  const Value* values_[kMost] = {};
};

}  // namespace bantam::jinja
