#include "text/jinja/loop.h"

#include "base/format.h"
#include "text/jinja/builtins/functions.h"
#include "text/jinja/runtime.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"

namespace bantam::jinja {
namespace {

Value call_cycle(Runtime& runtime, const Value& self, Arguments& arguments) {
  if (arguments.positional.empty()) runtime.fail_type("no items for cycling given");
  const std::size_t index0 = self.as<LoopObject>().count - 1;
  return arguments.positional[index0 % arguments.positional.size()];
}

Value call_changed(Runtime& runtime, const Value& self, Arguments& arguments) {
  auto& last = self.as<LoopObject>().changed;
  bool same = last.has_value() && last->size() == arguments.positional.size();
  for (std::size_t i = 0; same && i < last->size(); ++i) {
    same = equal(runtime, (*last)[i], arguments.positional[i]);
  }
  if (!same) last = arguments.positional;
  return Value::of(!same);
}

}  // namespace

bool LoopObject::peek(Runtime& runtime) {
  if (after) return true;
  Value item;
  if (!next(runtime, *source, item)) return false;
  after = std::move(item);
  return true;
}

bool LoopObject::advance(Runtime& runtime, Value& out) {
  if (!peek(runtime)) return false;
  ++count;
  previous = std::move(current);
  current = *after;
  after.reset();
  out = current;
  return true;
}

std::size_t LoopObject::length(Runtime& runtime) {
  if (known_length) return *known_length;
  std::size_t length = 0;
  if (!length_of(iterable, length)) {
    // Python collects the rest of a generator to know its length.
    std::vector<Value> rest = collect(runtime, Value(source));
    length = rest.size() + count + (after ? 1 : 0);
    source = &iterate(runtime, Value(runtime.make_list(std::move(rest))));
  }
  known_length = length;
  return length;
}

Value LoopObject::attribute(Runtime& runtime, std::string_view name) {
  const auto whole = [](std::size_t value) { return Value::of(value); };
  if (name == "index") return whole(count);
  if (name == "index0") return Value::of(static_cast<Integer>(count) - 1);
  if (name == "first") return Value::of(count == 1);
  if (name == "last") return Value::of(!peek(runtime));
  if (name == "length") return whole(length(runtime));
  if (name == "revindex") return Value::of(static_cast<Integer>(length(runtime)) - count + 1);
  if (name == "revindex0") return Value::of(static_cast<Integer>(length(runtime)) - count);
  if (name == "depth") return whole(depth + 1);
  if (name == "depth0") return whole(depth);
  if (name == "previtem") {
    return count <= 1 ? runtime.undefined("there is no previous item") : previous;
  }
  if (name == "nextitem") {
    return peek(runtime) ? *after : runtime.undefined("there is no next item");
  }
  if (name == "cycle") return make_function(runtime, "cycle", call_cycle, Value(this));
  if (name == "changed") return make_function(runtime, "changed", call_changed, Value(this));
  return runtime.missing(Value(this), name);
}

}  // namespace bantam::jinja
