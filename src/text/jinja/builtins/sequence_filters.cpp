// Filters over lists and dicts that give their result at once.
#include <algorithm>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/builtins/filters.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/sort.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

Value default_value(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "default", arguments, {"default_value", "boolean"});
  if (!value.is_undefined() && !(parameters.truth(1, false) && !truthy(value))) return value;
  return parameters[0] != nullptr ? *parameters[0] : runtime.make_text("");
}

Value length(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "length", arguments, {});
  std::size_t result = 0;
  if (!length_of(value, result)) {
    runtime.fail_type(format("object of type '{}' has no len()", type_name(value)));
  }
  if (value.is_text()) runtime.charge(result / 8);
  return Value::of(result);
}

Value first(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "first", arguments, {});
  Value item;
  if (next(runtime, iterate(runtime, value), item)) return item;
  return runtime.undefined("No first item, sequence was empty.");
}

Value last(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "last", arguments, {});
  if (value.is_text()) {
    const TextPtr& text = value.text_ptr();
    if (text->bytes.empty()) return runtime.undefined("No last item, sequence was empty.");
    const std::size_t size = text->bytes.size();
    return slice_bytes(runtime, text, size - decode_before(text->bytes, size).length, size);
  }
  std::size_t length_known = 0;
  if (!length_of(value, length_known)) {
    runtime.fail_type(format("'{}' object is not reversible", type_name(value)));
  }
  const auto items = collect(runtime, value);
  return items.empty() ? runtime.undefined("No last item, sequence was empty.") : items.back();
}

Value random(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "random", arguments, {});
  // A prompt must be the same every time, so the choice depends on nothing but the length.
  const auto items = collect(runtime, value);
  if (items.empty()) return runtime.undefined("No random item, sequence was empty.");
  return items[items.size() * 5 / 8];
}

Value list(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "list", arguments, {});
  return Value(runtime.make_list(collect(runtime, value)));
}

Value reverse(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "reverse", arguments, {});
  if (value.is_text()) {
    return get_slice(runtime, value, Value(), Value(), Value::of(Integer{-1}));
  }
  auto items = collect(runtime, value);
  std::reverse(items.begin(), items.end());
  ListObject* reversed = runtime.make_list(std::move(items));
  std::size_t known = 0;
  // Python collects a generator into a list, but gives an iterator for what it can go back through.
  if (!length_of(value, known)) return Value(reversed);
  return Value(&iterate(runtime, Value(reversed)));
}

std::vector<std::size_t> order_of(Runtime& runtime, const std::vector<Value>& keys, bool reversed) {
  return sorted_order(keys.size(), [&](std::size_t a, std::size_t b) {
    return reversed ? less(runtime, keys[b], keys[a]) : less(runtime, keys[a], keys[b]);
  });
}

std::vector<Value> picked(const std::vector<Value>& items, const std::vector<std::size_t>& order) {
  std::vector<Value> result;
  result.reserve(order.size());
  for (const std::size_t index : order) result.push_back(items[index]);
  return result;
}

Value sort(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "sort", arguments,
                              {"reverse", "case_sensitive", "attribute"});
  const bool case_sensitive = parameters.truth(1, false);
  std::vector<Getter> getters;
  const Value* attribute = parameters.given(2);
  if (attribute != nullptr && attribute->is_text()) {
    const Value comma = runtime.make_text(",");
    Arguments by_comma;
    by_comma.positional.push_back(comma);
    const Value parts = find_text_method("split")->function(runtime, *attribute, by_comma);
    for (const Value& part : parts.as<ListObject>().items) {
      getters.push_back(attribute_getter(runtime, &part));
    }
  } else {
    getters.push_back(attribute_getter(runtime, attribute));
  }
  const auto items = collect(runtime, value);
  std::vector<Value> keys;
  for (const Value& item : items) {
    std::vector<Value> key;
    for (const Getter& get : getters) {
      key.push_back(case_sensitive ? get(item) : ignore_case(runtime, get(item)));
    }
    keys.push_back(key.size() == 1 ? key[0] : Value(runtime.make_list(std::move(key))));
  }
  return Value(
      runtime.make_list(picked(items, order_of(runtime, keys, parameters.truth(0, false)))));
}

Value dictsort(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "dictsort", arguments, {"case_sensitive", "by", "reverse"});
  if (value.is_undefined()) runtime.fail_undefined(value);
  if (!value.is(Kind::Dict)) {
    runtime.fail_type(format("dictsort needs a dict, not {}", type_name(value)));
  }
  const std::string by = parameters[1] != nullptr ? parameters.text(1)->bytes : "key";
  if (by != "key" && by != "value") {
    runtime.fail(Fault::Value, "You can only sort by either \"key\" or \"value\"");
  }
  std::vector<Value> items;
  std::vector<Value> keys;
  for (const auto& [key, content] : value.as<DictObject>().entries()) {
    items.emplace_back(runtime.make_list({key, content}, Kind::Tuple));
    const Value& chosen = by == "key" ? key : content;
    keys.push_back(parameters.truth(0, false) ? chosen : ignore_case(runtime, chosen));
  }
  return Value(
      runtime.make_list(picked(items, order_of(runtime, keys, parameters.truth(2, false)))));
}

template <bool largest>
Value extreme(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, largest ? "max" : "min", arguments,
                              {"case_sensitive", "attribute"});
  const Getter get = attribute_getter(runtime, parameters.given(1));
  const auto key_of = [&](const Value& item) {
    return parameters.truth(0, false) ? get(item) : ignore_case(runtime, get(item));
  };
  IteratorObject& items = iterate(runtime, value);
  Value best;
  if (!next(runtime, items, best)) {
    return runtime.undefined("No aggregated item, sequence was empty.");
  }
  Value best_key = key_of(best);
  Value item;
  while (next(runtime, items, item)) {
    Value key = key_of(item);
    const bool better = largest ? less(runtime, best_key, key, ">") : less(runtime, key, best_key);
    if (!better) continue;
    best = item;
    best_key = std::move(key);
  }
  return best;
}

Value sum(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "sum", arguments, {"attribute", "start"});
  const Getter get = attribute_getter(runtime, parameters.given(0));
  Value total = parameters[1] != nullptr ? *parameters[1] : Value::of(Integer{0});
  if (total.is_text()) runtime.fail_type("sum() can't sum strings [use ''.join(seq) instead]");
  IteratorObject& items = iterate(runtime, value);
  Value item;
  while (next(runtime, items, item)) {
    total = arithmetic(runtime, ArithmeticOp::Add, total, get(item));
  }
  return total;
}

Value groupby(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "groupby", arguments,
                              {"attribute", "default", "case_sensitive"}, 1);
  const Getter get = attribute_getter(runtime, parameters[0], parameters.given(1));
  const auto items = collect(runtime, value);
  std::vector<Value> keys;
  for (const Value& item : items) {
    keys.push_back(parameters.truth(2, false) ? get(item) : ignore_case(runtime, get(item)));
  }
  const auto order = order_of(runtime, keys, false);
  std::vector<Value> groups;
  for (std::size_t i = 0; i < order.size();) {
    std::vector<Value> members;
    const std::size_t start = i;
    while (i < order.size() && equal(runtime, keys[order[i]], keys[order[start]])) {
      members.push_back(items[order[i++]]);
    }
    auto* group = runtime.make_list({get(items[order[start]]), Value(runtime.make_list(members))},
                                    Kind::Tuple);
    group->grouped = true;
    groups.emplace_back(group);
  }
  return Value(runtime.make_list(std::move(groups)));
}

Value attr(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "attr", arguments, {"name"}, 1);
  const TextPtr& name = parameters.text(0);
  if (name->bytes.starts_with('_')) return get_attribute(runtime, value, name->bytes);
  Value out;
  if (find_attribute(runtime, value, name->bytes, out)) return out;
  return runtime.missing(value, name->bytes);
}

Value pprint(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "pprint", arguments, {});
  Text printed = repr(runtime, value);
  if (printed.bytes.size() > 80 || printed.bytes.find('{') != std::string::npos) {
    runtime.fail(Fault::Unsupported, "pprint of more than one short line; use tojson(indent=2)");
  }
  return runtime.make_text(std::move(printed));
}

constexpr Builtin kFilters[] = {
    {"default", default_value},
    {"d", default_value},
    {"length", length},
    {"count", length},
    {"first", first},
    {"last", last},
    {"list", list},
    {"reverse", reverse},
    {"sort", sort},
    {"dictsort", dictsort},
    {"min", extreme<false>},
    {"max", extreme<true>},
    {"sum", sum},
    {"groupby", groupby},
    {"attr", attr},
    {"random", random},
    {"pprint", pprint},
};

}  // namespace

std::span<const Builtin> sequence_filters() { return kFilters; }

}  // namespace bantam::jinja
