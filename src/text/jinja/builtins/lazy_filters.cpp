// Filters that give an iterator: nothing happens, and nothing fails, before it is asked.
#include <algorithm>
#include <memory>

#include "base/format.h"
#include "text/jinja/builtins/filters.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/iterate.h"

namespace bantam::jinja {
namespace {

Value generator(Runtime& runtime, IteratorObject::Next advance) {
  return Value(runtime.make<IteratorObject>("generator", std::move(advance)));
}

Value items(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "items", arguments, {});
  IteratorObject* source = nullptr;
  return generator(runtime, [&runtime, value, source](Value& out) mutable {
    if (source == nullptr) {
      if (value.is_undefined()) return false;
      if (!value.is(Kind::Dict)) runtime.fail_type("Can only get item pairs from a mapping.");
      source = &iterate(runtime, Value(runtime.make<ViewObject>(value.as<DictObject>(),
                                                                ViewObject::Part::Items)));
    }
    return next(runtime, *source, out);
  });
}

// What map, select and their like do with each item, made when the first is asked for.
using Transform = std::function<Value(const Value& item)>;
using Prepare = std::function<Transform()>;

// Gives each item that `keep` keeps, as `result` makes it.
struct Each {
  Runtime& runtime;
  Value source;
  Prepare prepare;
  IteratorObject* iterator = nullptr;
  Transform transform = nullptr;

  bool advance(Value& item) {
    if (iterator == nullptr) {
      if (!truthy(source)) return false;
      transform = prepare();
      iterator = &iterate(runtime, source);
    }
    return next(runtime, *iterator, item);
  }
};

Transform filter_by_name(Runtime& runtime, Arguments arguments) {
  if (arguments.positional.empty()) runtime.fail_type("map requires a filter argument");
  const Value name = arguments.positional[0];
  const Builtin* filter = name.is_text() ? find_filter(name.text().bytes) : nullptr;
  if (filter == nullptr) {
    runtime.fail(Fault::Value,
                 format("No filter named {}.", quoted(name.is_text() ? name.text().bytes : "?")));
  }
  arguments.positional.erase(arguments.positional.begin());
  return [&runtime, filter, arguments](const Value& item) {
    Arguments copy = arguments;
    return filter->function(runtime, item, copy);
  };
}

Value map(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Prepare prepare = [&runtime, arguments]() -> Transform {
    const bool by_attribute =
        arguments.positional.empty() &&
        std::any_of(arguments.named.begin(), arguments.named.end(),
                    [](const auto& named) { return named.first->bytes == "attribute"; });
    if (!by_attribute) return filter_by_name(runtime, arguments);
    const Parameters parameters(runtime, "map", arguments, {"attribute", "default"});
    return attribute_getter(runtime, parameters[0], parameters.given(1));
  };
  return generator(runtime, [each = Each{runtime, value, prepare}](Value& out) mutable {
    Value item;
    if (!each.advance(item)) return false;
    out = each.transform(item);
    return true;
  });
}

// The test that the arguments from `offset` on name; truth itself if there are none.
Transform test_by_name(Runtime& runtime, Arguments arguments, std::size_t offset) {
  if (arguments.positional.size() <= offset) {
    return [](const Value& item) { return Value::of(truthy(item)); };
  }
  const Value name = arguments.positional[offset];
  const Builtin* test = name.is_text() ? find_test(name.text().bytes) : nullptr;
  if (test == nullptr) {
    runtime.fail(Fault::Value,
                 format("No test named {}.", quoted(name.is_text() ? name.text().bytes : "?")));
  }
  arguments.positional.erase(
      arguments.positional.begin(),
      arguments.positional.begin() + static_cast<std::ptrdiff_t>(offset) + 1);
  return [&runtime, test, arguments](const Value& item) {
    Arguments copy = arguments;
    return test->function(runtime, item, copy);
  };
}

template <bool wanted, bool by_attribute>
Value chosen(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Prepare prepare = [&runtime, arguments]() -> Transform {
    if (!by_attribute) return test_by_name(runtime, arguments, 0);
    if (arguments.positional.empty()) {
      runtime.fail_type("Missing parameter for attribute name");
    }
    return
        [get = attribute_getter(runtime, &arguments.positional[0]),
         test = test_by_name(runtime, arguments, 1)](const Value& item) { return test(get(item)); };
  };
  return generator(runtime, [each = Each{runtime, value, prepare}](Value& out) mutable {
    Value item;
    while (each.advance(item)) {
      if (truthy(each.transform(item)) != wanted) continue;
      out = item;
      return true;
    }
    return false;
  });
}

Value unique(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "unique", arguments, {"case_sensitive", "attribute"});
  const bool case_sensitive = parameters.truth(0, false);
  const Getter get = attribute_getter(runtime, parameters.given(1));
  IteratorObject& source = iterate(runtime, value);
  auto* seen = runtime.make<DictObject>();
  return generator(runtime, [&runtime, &source, seen, get, case_sensitive](Value& out) {
    Value item;
    while (next(runtime, source, item)) {
      const Value key = case_sensitive ? get(item) : ignore_case(runtime, get(item));
      if (seen->find(runtime, key) != nullptr) continue;
      seen->set(runtime, key, Value());
      out = item;
      return true;
    }
    return false;
  });
}

Value batch(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "batch", arguments, {"linecount", "fill_with"}, 1);
  const std::size_t size = std::max<std::size_t>(1, parameters.count(0, 1));
  const Value fill = parameters[1] != nullptr ? *parameters[1] : Value();
  IteratorObject& source = iterate(runtime, value);
  return generator(runtime, [&runtime, &source, size, fill](Value& out) {
    std::vector<Value> row;
    Value item;
    while (row.size() < size && next(runtime, source, item)) {
      runtime.charge(sizeof(Value));
      row.push_back(item);
    }
    if (row.empty()) return false;
    while (!fill.is_none() && row.size() < size) {
      runtime.charge(sizeof(Value));
      row.push_back(fill);
    }
    out = Value(runtime.make_list(std::move(row)));
    return true;
  });
}

Value slice(Runtime& runtime, const Value& value, Arguments& arguments) {
  const Parameters parameters(runtime, "slice", arguments, {"slices", "fill_with"}, 1);
  const std::size_t slices = parameters.count(0, 1);
  if (slices == 0) runtime.fail(Fault::Value, "integer division or modulo by zero");
  const Value fill = parameters[1] != nullptr ? *parameters[1] : Value();
  ListObject* all = runtime.make_list(collect(runtime, value));
  return generator(
      runtime, [&runtime, all, slices, fill, number = std::size_t{0}](Value& out) mutable {
        if (number == slices) return false;
        const std::size_t size = all->items.size() / slices;
        const std::size_t longer = all->items.size() % slices;
        const std::size_t begin = number * size + std::min(number, longer);
        const std::size_t end = begin + size + (number < longer ? 1 : 0);
        std::vector<Value> part(all->items.begin() + static_cast<std::ptrdiff_t>(begin),
                                all->items.begin() + static_cast<std::ptrdiff_t>(end));
        if (!fill.is_none() && number >= longer) part.push_back(fill);
        ++number;
        out = Value(runtime.make_list(std::move(part)));
        return true;
      });
}

constexpr Builtin kFilters[] = {
    {"map", map},
    {"select", chosen<true, false>},
    {"reject", chosen<false, false>},
    {"selectattr", chosen<true, true>},
    {"rejectattr", chosen<false, true>},
    {"items", items},
    {"unique", unique},
    {"batch", batch},
    {"slice", slice},
};

}  // namespace

std::span<const Builtin> lazy_filters() { return kFilters; }

}  // namespace bantam::jinja
