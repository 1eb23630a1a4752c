#include "text/jinja/builtins/attributes.h"

#include <algorithm>

#include "base/format.h"
#include "text/jinja/loop.h"
#include "text/jinja/values/compare.h"
#include "text/jinja/values/operators.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

const Builtin* find_method(const Value& object, std::string_view name) {
  return object.is_text() ? find_text_method(name) : find_collection_method(object.kind(), name);
}

// Offsets of the bytes at which code points begin; the end too.
std::vector<std::size_t> code_point_offsets(Runtime& runtime, const Text& text) {
  runtime.charge_characters(text.bytes.size());
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < text.bytes.size(); at += decode_at(text.bytes, at).length) {
    offsets.push_back(at);
  }
  offsets.push_back(text.bytes.size());
  runtime.charge(offsets.size() * sizeof(std::size_t));
  return offsets;
}

Value code_point_at(Runtime& runtime, const TextPtr& text, std::size_t index) {
  if (text->ascii) return slice_bytes(runtime, text, index, index + 1);
  runtime.charge_characters(index);
  std::size_t at = 0;
  for (std::size_t i = 0; i < index; ++i) at += decode_at(text->bytes, at).length;
  return slice_bytes(runtime, text, at, at + decode_at(text->bytes, at).length);
}

// obj[index] for what has a length; false out of range.
bool at_index(Runtime& runtime, const Value& object, Integer index, Value& out) {
  std::size_t length = 0;
  length_of(object, length);
  if (index < 0) index += static_cast<Integer>(length);
  if (index < 0 || index >= static_cast<Integer>(length)) return false;
  const auto at = static_cast<std::size_t>(index);
  switch (object.kind()) {
    case Kind::Text:
      out = code_point_at(runtime, object.text_ptr(), at);
      return true;
    case Kind::List:
    case Kind::Tuple:
      out = object.as<ListObject>().items[at];
      return true;
    case Kind::Range: {
      const auto& range = object.as<RangeObject>();
      out = Value::of(range.start + index * range.step);
      return true;
    }
    case Kind::Bytes:
      out = Value::of(static_cast<Integer>(
          static_cast<unsigned char>(object.as<BytesObject>().text.bytes[at])));
      return true;
    default:
      return false;
  }
}

// obj[key] alone; false for Python's TypeError and LookupError.
bool subscript(Runtime& runtime, const Value& object, const Value& key, Value& out) {
  if (object.is(Kind::Dict)) {
    const Kind kind = key.kind();
    if (kind == Kind::List || kind == Kind::Dict || kind == Kind::View) return false;
    const Value* found = object.as<DictObject>().find(runtime, key);
    if (found != nullptr) out = *found;
    return found != nullptr;
  }
  return key.is_integral() && at_index(runtime, object, key.integer(), out);
}

Value forbidden(Runtime& runtime, const Value& object, std::string_view name) {
  return runtime.undefined(format("access to attribute '{}' of '{}' object is unsafe.",
                                  name.substr(0, 200), type_name(object)),
                           true);
}

bool number_attribute(const Value& object, std::string_view name, Value& out) {
  const bool whole = object.is_integral();
  if (name == "real" || (whole && name == "numerator")) {
    out = whole ? Value::of(object.integer()) : object;
  } else if (name == "imag") {
    out = whole ? Value::of(Integer{0}) : Value::of(0.0);
  } else if (whole && name == "denominator") {
    out = Value::of(Integer{1});
  } else {
    return false;
  }
  return true;
}

struct SlicePlan {
  Integer start;
  Integer step;
  std::size_t count;
};

Integer slice_bound(Runtime& runtime, const Value& bound, Integer length, Integer low, Integer high,
                    Integer otherwise) {
  if (bound.is_none()) return otherwise;
  if (!bound.is_integral()) {
    if (bound.is_undefined()) runtime.fail_undefined(bound);
    runtime.fail_type("slice indices must be integers or None or have an __index__ method");
  }
  Integer value = std::clamp<Integer>(bound.integer(), -(Integer{1} << 100), Integer{1} << 100);
  if (value < 0) value += length;
  return std::clamp(value, low, high);
}

SlicePlan plan_slice(Runtime& runtime, std::size_t size, const Value& start, const Value& stop,
                     const Value& step) {
  const auto length = static_cast<Integer>(size);
  Integer by = 1;
  if (!step.is_none()) {
    if (!step.is_integral()) runtime.fail_type("slice indices must be integers or None");
    by = std::clamp<Integer>(step.integer(), -(Integer{1} << 62), Integer{1} << 62);
  }
  if (by == 0) runtime.fail(Fault::Value, "slice step cannot be zero");
  const bool forward = by > 0;
  const Integer low = forward ? 0 : -1;
  const Integer high = forward ? length : length - 1;
  const Integer first = slice_bound(runtime, start, length, low, high, forward ? low : high);
  const Integer last = slice_bound(runtime, stop, length, low, high, forward ? high : low);
  const Integer distance = forward ? last - first : first - last;
  const Integer stride = forward ? by : -by;
  const Integer count = distance > 0 ? (distance - 1) / stride + 1 : 0;
  return {first, by, static_cast<std::size_t>(count)};
}

Value slice_text(Runtime& runtime, const TextPtr& text, const Value& start, const Value& stop,
                 const Value& step) {
  std::vector<std::size_t> offsets;
  if (!text->ascii) offsets = code_point_offsets(runtime, *text);
  const auto offset = [&](Integer index) {
    return text->ascii ? static_cast<std::size_t>(index) : offsets[static_cast<std::size_t>(index)];
  };
  const std::size_t length = text->ascii ? text->bytes.size() : offsets.size() - 1;
  const SlicePlan plan = plan_slice(runtime, length, start, stop, step);
  if (plan.count == 0) return slice_bytes(runtime, text, 0, 0);
  if (plan.step == 1) {
    return slice_bytes(runtime, text, offset(plan.start),
                       offset(plan.start + static_cast<Integer>(plan.count)));
  }
  TextBuilder out(runtime);
  for (std::size_t i = 0; i < plan.count; ++i) {
    const Integer at = plan.start + static_cast<Integer>(i) * plan.step;
    out.append(*text, offset(at), offset(at + 1));
  }
  Text part = out.take();
  part.markup = text->markup;
  return Value(std::make_shared<const Text>(std::move(part)));
}

}  // namespace

bool find_attribute(Runtime& runtime, const Value& object, std::string_view name, Value& out) {
  switch (object.kind()) {
    case Kind::Undefined:
      runtime.fail_undefined(object);
    case Kind::Namespace: {
      const Value* found = object.as<NamespaceObject>().find(name);
      if (found != nullptr) out = *found;
      return found != nullptr;
    }
    case Kind::Loop:
      out = object.as<LoopObject>().attribute(runtime, name);
      return !out.is_undefined() || name == "previtem" || name == "nextitem";
    case Kind::Callable:
      out = object.as<CallableObject>().attribute(runtime, name);
      return !out.is_undefined();
    case Kind::Bool:
    case Kind::Int:
    case Kind::Float:
      if (number_attribute(object, name, out)) return true;
      break;
    case Kind::Tuple: {
      const auto& tuple = object.as<ListObject>();
      if (tuple.grouped && (name == "grouper" || name == "list")) {
        out = tuple.items[name == "list"];
        return true;
      }
      break;
    }
    default:
      break;
  }
  const Builtin* method = find_method(object, name);
  if (method == nullptr) return false;
  out = method->function == nullptr
            ? forbidden(runtime, object, name)
            : make_function(runtime, method->name, method->function, object);
  return true;
}

Value get_attribute(Runtime& runtime, const Value& object, std::string_view name) {
  Value out;
  if (name.substr(0, 2) == "__") {
    if (object.is_undefined()) runtime.fail_undefined(object);
    if (object.is(Kind::Dict)) {
      const Value* found = object.as<DictObject>().find(name);
      if (found != nullptr) return *found;
    }
    return forbidden(runtime, object, name);
  }
  if (find_attribute(runtime, object, name, out)) return out;
  if (object.is(Kind::Dict)) {
    const Value* found = object.as<DictObject>().find(name);
    if (found != nullptr) return *found;
  }
  return runtime.missing(object, name);
}

Value get_item(Runtime& runtime, const Value& object, const Value& key) {
  if (object.is_undefined()) runtime.fail_undefined(object);
  Value out;
  if (subscript(runtime, object, key, out)) return out;
  if (key.is_text()) {
    const std::string_view name = key.text().bytes;
    if (name.substr(0, 2) == "__") return forbidden(runtime, object, name);
    if (find_attribute(runtime, object, name, out)) return out;
  }
  return runtime.missing(object, key);
}

Value get_slice(Runtime& runtime, const Value& object, const Value& start, const Value& stop,
                const Value& step) {
  switch (object.kind()) {
    case Kind::Undefined:
      runtime.fail_undefined(object);
    case Kind::Text:
      return slice_text(runtime, object.text_ptr(), start, stop, step);
    case Kind::List:
    case Kind::Tuple: {
      const auto& items = object.as<ListObject>().items;
      const SlicePlan plan = plan_slice(runtime, items.size(), start, stop, step);
      runtime.charge(plan.count * sizeof(Value));
      std::vector<Value> part;
      part.reserve(plan.count);
      for (std::size_t i = 0; i < plan.count; ++i) {
        part.push_back(
            items[static_cast<std::size_t>(plan.start + static_cast<Integer>(i) * plan.step)]);
      }
      return Value(runtime.make_list(std::move(part), object.kind()));
    }
    case Kind::Range: {
      const auto& range = object.as<RangeObject>();
      const SlicePlan plan = plan_slice(runtime, range.length(), start, stop, step);
      const Integer first = range.start + plan.start * range.step;
      const Integer by = range.step * plan.step;
      return Value(
          runtime.make<RangeObject>(first, first + by * static_cast<Integer>(plan.count), by));
    }
    case Kind::Dict:
      runtime.fail_type("unhashable type: 'slice'");
    default:
      runtime.fail_type(format("'{}' object is not subscriptable", type_name(object)));
  }
}

}  // namespace bantam::jinja
