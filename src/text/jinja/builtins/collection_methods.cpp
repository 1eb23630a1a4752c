// The methods of Python's list, tuple, dict, range, int, float and bytes.
#include <algorithm>
#include <cmath>
#include <span>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"

namespace bantam::jinja {
namespace {

Value index_of(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "index", arguments, {"value"}, 1);
  IteratorObject& items = iterate(runtime, self);
  Value item;
  for (std::size_t at = 0; next(runtime, items, item); ++at) {
    if (equal(runtime, item, *parameters[0])) return Value::of(at);
  }
  runtime.fail(Fault::Value, format("the value is not in the {}", type_name(self)));
}

Value count(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "count", arguments, {"value"}, 1);
  IteratorObject& items = iterate(runtime, self);
  Value item;
  std::size_t hits = 0;
  while (next(runtime, items, item)) hits += equal(runtime, item, *parameters[0]);
  return Value::of(hits);
}

Value copy_list(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "copy", arguments, {});
  return Value(runtime.make_list(self.as<ListObject>().items));
}

Value copy_dict(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "copy", arguments, {});
  auto* copy = runtime.make<DictObject>();
  for (const auto& [key, value] : self.as<DictObject>().entries()) copy->set(runtime, key, value);
  return Value(copy);
}

Value get(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "get", arguments, {"key", "default"}, 1);
  const Value* found = self.as<DictObject>().find(runtime, *parameters[0]);
  if (found != nullptr) return *found;
  return parameters[1] != nullptr ? *parameters[1] : Value();
}

template <ViewObject::Part part>
Value view(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "dict view", arguments, {});
  return Value(runtime.make<ViewObject>(self.as<DictObject>(), part));
}

Value bit_length(Runtime&, const Value& self, Arguments&) {
  Integer rest = self.integer();
  Integer length = 0;
  for (; rest != 0; rest /= 2) ++length;
  return Value::of(length);
}

Value is_integer(Runtime&, const Value& self, Arguments&) {
  return Value::of(std::isfinite(self.real()) && std::floor(self.real()) == self.real());
}

Value itself(Runtime&, const Value& self, Arguments&) { return self; }

Value decode(Runtime& runtime, const Value& self, Arguments& arguments) {
  const Parameters parameters(runtime, "decode", arguments, {"encoding", "errors"});
  return runtime.make_text(self.as<BytesObject>().text);
}

// Those without a function change their object, which templates must not.
constexpr Builtin kListMethods[] = {
    {"append"}, {"clear"}, {"copy", copy_list}, {"count", count}, {"extend"}, {"index", index_of},
    {"insert"}, {"pop"},   {"remove"},          {"reverse"},      {"sort"},
};
constexpr Builtin kTupleMethods[] = {{"count", count}, {"index", index_of}};
constexpr Builtin kDictMethods[] = {
    {"clear"},
    {"copy", copy_dict},
    {"get", get},
    {"items", view<ViewObject::Part::Items>},
    {"keys", view<ViewObject::Part::Keys>},
    {"pop"},
    {"popitem"},
    {"setdefault"},
    {"update"},
    {"values", view<ViewObject::Part::Values>},
};
constexpr Builtin kIntMethods[] = {{"bit_length", bit_length}, {"conjugate", itself}};
constexpr Builtin kFloatMethods[] = {{"conjugate", itself}, {"is_integer", is_integer}};
constexpr Builtin kBytesMethods[] = {{"decode", decode}};

std::span<const Builtin> methods_of(Kind kind) {
  switch (kind) {
    case Kind::List:
      return kListMethods;
    case Kind::Tuple:
    case Kind::Range:
      return kTupleMethods;
    case Kind::Dict:
      return kDictMethods;
    case Kind::Bool:
    case Kind::Int:
      return kIntMethods;
    case Kind::Float:
      return kFloatMethods;
    case Kind::Bytes:
      return kBytesMethods;
    default:
      return {};
  }
}

}  // namespace

const Builtin* find_collection_method(Kind kind, std::string_view name) {
  const auto methods = methods_of(kind);
  const auto found = std::find_if(methods.begin(), methods.end(),
                                  [&](const Builtin& method) { return method.name == name; });
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace bantam::jinja
