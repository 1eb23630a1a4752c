// The variable `loop` of a for statement.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "text/jinja/values/value.h"

namespace bantam::jinja {

// Looks at most one item ahead, and only if it is asked about what follows, as Jinja's does: a
// filtered loop may depend on what its body does.
struct LoopObject : Object {
  using Recurse = std::function<Value(const Value& items, std::size_t depth)>;

  LoopObject(const Value& over, IteratorObject& items, std::size_t loop_depth)
      : Object(Kind::Loop), iterable(over), source(&items), depth(loop_depth) {}

  // Goes to the next item; false at the end.
  bool advance(Runtime& runtime, Value& out);
  // index, first, previtem, cycle, ...; undefined for other names.
  Value attribute(Runtime& runtime, std::string_view name);
  std::size_t length(Runtime& runtime);

  Value iterable;
  IteratorObject* source;
  std::size_t depth;           // 0 for the outermost
  std::size_t count = 0;       // items given so far; loop.index
  Recurse recurse;             // empty unless the loop is recursive
  std::optional<Value> after;  // looked at, not given yet
  Value current;
  Value previous;
  std::optional<std::vector<Value>> changed;  // arguments of the last loop.changed
  std::optional<std::size_t> known_length;

 private:
  bool peek(Runtime& runtime);
};

}  // namespace bantam::jinja
