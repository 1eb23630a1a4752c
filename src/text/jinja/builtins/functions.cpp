#include "text/jinja/builtins/functions.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/print.h"

namespace bantam::jinja {
namespace {

struct FunctionObject : CallableObject {
  FunctionObject(std::string_view function_name, Function called, Value of)
      : CallableObject("builtin_function_or_method"),
        name(function_name),
        function(called),
        self(std::move(of)) {}
  Value call(Runtime& runtime, Arguments& arguments) override {
    return function(runtime, self, arguments);
  }
  Value attribute(Runtime& runtime, std::string_view wanted) override {
    return runtime.missing(Value(this), wanted);
  }
  std::string printed() const override { return format("<built-in function {}>", name); }

  std::string_view name;
  Function function;
  Value self;
};

// cycler('a', 'b'): one after the other, for ever.
struct CyclerObject : CallableObject {
  explicit CyclerObject(std::vector<Value> all) : CallableObject("Cycler"), items(std::move(all)) {}
  Value call(Runtime& runtime, Arguments&) override {
    runtime.fail_type("'Cycler' object is not callable");
  }
  Value attribute(Runtime& runtime, std::string_view name) override;
  std::string printed() const override { return "<Cycler>"; }

  std::vector<Value> items;
  std::size_t at = 0;
};

Value cycler_next(Runtime&, const Value& self, Arguments&) {
  auto& cycler = self.as<CyclerObject>();
  const Value current = cycler.items[cycler.at];
  cycler.at = (cycler.at + 1) % cycler.items.size();
  return current;
}

Value cycler_reset(Runtime&, const Value& self, Arguments&) {
  self.as<CyclerObject>().at = 0;
  return {};
}

Value CyclerObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "next") return make_function(runtime, "next", cycler_next, Value(this));
  if (name == "reset") return make_function(runtime, "reset", cycler_reset, Value(this));
  if (name == "current") return items[at];
  return runtime.missing(Value(this), name);
}

// joiner(', '): nothing the first time, the separator afterwards.
struct JoinerObject : CallableObject {
  explicit JoinerObject(Value between) : CallableObject("Joiner"), separator(std::move(between)) {}
  Value call(Runtime& runtime, Arguments& arguments) override {
    const Parameters parameters(runtime, "joiner", arguments, {});
    if (used) return separator;
    used = true;
    return runtime.make_text("");
  }
  Value attribute(Runtime& runtime, std::string_view name) override {
    if (name == "used") return Value::of(used);
    if (name == "sep") return separator;
    return runtime.missing(Value(this), name);
  }
  std::string printed() const override { return "<Joiner>"; }

  Value separator;
  bool used = false;
};

Value range(Runtime& runtime, const Value&, Arguments& arguments) {
  const Parameters parameters(runtime, "range", arguments, {"start", "stop", "step"}, 1);
  const bool one = parameters[1] == nullptr;
  const Integer start = one ? 0 : parameters.integer(0, 0);
  const Integer stop = one ? parameters.integer(0, 0) : parameters.integer(1, 0);
  const Integer step = parameters.integer(2, 1);
  constexpr Integer kFar = Integer{1} << 62;
  if (step == 0) runtime.fail(Fault::Value, "range() arg 3 must not be zero");
  if (start > kFar || start < -kFar || stop > kFar || stop < -kFar || step > kFar || step < -kFar) {
    runtime.fail(Fault::Limit, "a range of integers of more than 62 bits");
  }
  auto* result = runtime.make<RangeObject>(start, stop, step);
  if (result->length() > runtime.limits().range) {
    runtime.fail(Fault::Limit, format("a range of more than {} integers", runtime.limits().range));
  }
  return Value(result);
}

void add_pairs(Runtime& runtime, DictObject& dict, const Value& source) {
  if (source.is(Kind::Dict)) {
    for (const auto& [key, value] : source.as<DictObject>().entries()) {
      runtime.step();
      dict.set(runtime, key, value);
    }
    return;
  }
  IteratorObject& pairs = iterate(runtime, source);
  Value pair;
  while (next(runtime, pairs, pair)) {
    const std::vector<Value> parts = collect(runtime, pair);
    if (parts.size() != 2) {
      runtime.fail(
          Fault::Value,
          format("dictionary update sequence element has length {}; 2 is required", parts.size()));
    }
    dict.set(runtime, parts[0], parts[1]);
  }
}

DictObject& collect_dict(Runtime& runtime, Arguments& arguments) {
  auto* dict = runtime.make<DictObject>();
  if (arguments.positional.size() > 1) {
    runtime.fail_type(
        format("dict expected at most 1 argument, got {}", arguments.positional.size()));
  }
  if (!arguments.positional.empty()) add_pairs(runtime, *dict, arguments.positional[0]);
  for (auto& [name, value] : arguments.named) dict->set(runtime, Value(name), value);
  return *dict;
}

Value dict(Runtime& runtime, const Value&, Arguments& arguments) {
  return Value(&collect_dict(runtime, arguments));
}

Value make_namespace(Runtime& runtime, const Value&, Arguments& arguments) {
  auto* names = runtime.make<NamespaceObject>();
  for (const auto& [key, value] : collect_dict(runtime, arguments).entries()) {
    if (!key.is_text()) runtime.fail_type("names in a namespace must be strings");
    if (key.text().bytes.starts_with('_')) {
      runtime.fail(Fault::Security,
                   "chat templates cannot store underscore-prefixed attributes on a namespace");
    }
    names->set(key.text_ptr(), value);
  }
  return Value(names);
}

Value cycler(Runtime& runtime, const Value&, Arguments& arguments) {
  if (arguments.positional.empty()) runtime.fail_type("at least one item has to be provided");
  return Value(runtime.make<CyclerObject>(arguments.positional));
}

Value joiner(Runtime& runtime, const Value&, Arguments& arguments) {
  const Parameters parameters(runtime, "joiner", arguments, {"sep"});
  return Value(runtime.make<JoinerObject>(parameters[0] != nullptr ? *parameters[0]
                                                                   : runtime.make_text(", ")));
}

Value lipsum(Runtime& runtime, const Value&, Arguments&) {
  runtime.fail(Fault::Unsupported, "lipsum() makes random text, which a chat template must not");
}

Value raise_exception(Runtime& runtime, const Value&, Arguments& arguments) {
  const Parameters parameters(runtime, "raise_exception", arguments, {"message"}, 1);
  runtime.fail(Fault::Raised, str(runtime, *parameters[0])->bytes);
}

Value strftime_now(Runtime& runtime, const Value&, Arguments& arguments) {
  const Parameters parameters(runtime, "strftime_now", arguments, {"format"}, 1);
  const Text& pattern = *parameters.text(0);
  runtime.charge(pattern.bytes.size() * 8);
  return runtime.make_text(format_time(*runtime.now, pattern.bytes), pattern.origin());
}

constexpr Builtin kGlobals[] = {
    {"range", range},
    {"dict", dict},
    {"namespace", make_namespace},
    {"cycler", cycler},
    {"joiner", joiner},
    {"lipsum", lipsum},
    {"raise_exception", raise_exception},
    {"strftime_now", strftime_now},
};

}  // namespace

Value make_function(Runtime& runtime, std::string_view name, Function function, Value self) {
  return Value(runtime.make<FunctionObject>(name, function, std::move(self)));
}

bool find_global(Runtime& runtime, std::string_view name, Value& out) {
  const auto* found = std::find_if(std::begin(kGlobals), std::end(kGlobals),
                                   [&](const Builtin& global) { return global.name == name; });
  if (found == std::end(kGlobals)) return false;
  // Without a date there is no clock to ask, and templates fall back to a date of their own.
  if (name == "strftime_now" && !runtime.now) return false;
  out = make_function(runtime, found->name, found->function);
  return true;
}

}  // namespace bantam::jinja
