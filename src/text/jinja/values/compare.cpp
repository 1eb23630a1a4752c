#include "text/jinja/values/compare.h"

#include <cstring>
#include <functional>

#include "base/format.h"
#include "text/jinja/runtime.h"
#include "text/jinja/values/iterate.h"
#include "text/jinja/values/print.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

// Comparing costs less than making: a byte in eight is charged.
void charge_comparison(Runtime& runtime, std::size_t bytes) { runtime.charge(bytes / 8); }

bool equal_items(Runtime& runtime, const std::vector<Value>& left,
                 const std::vector<Value>& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!equal(runtime, left[i], right[i])) return false;
  }
  return true;
}

bool equal_dicts(Runtime& runtime, const DictObject& left, const DictObject& right) {
  if (left.entries().size() != right.entries().size()) return false;
  for (const auto& [key, value] : left.entries()) {
    const Value* other = right.find(runtime, key);
    if (other == nullptr || !equal(runtime, value, *other)) return false;
  }
  return true;
}

bool equal_ranges(const RangeObject& left, const RangeObject& right) {
  const std::size_t length = left.length();
  if (length != right.length()) return false;
  if (length == 0) return true;
  return left.start == right.start && (length == 1 || left.step == right.step);
}

// Orders two lists by their first difference; `or_equal` decides for equal ones.
bool less_items(Runtime& runtime, const std::vector<Value>& left, const std::vector<Value>& right,
                const char* op, bool or_equal) {
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (equal(runtime, left[i], right[i])) continue;
    return or_equal ? less_or_equal(runtime, left[i], right[i], op)
                    : less(runtime, left[i], right[i], op);
  }
  return or_equal ? left.size() <= right.size() : left.size() < right.size();
}

bool ordered(Runtime& runtime, const Value& left, const Value& right, const char* op,
             bool or_equal) {
  const Nesting nesting(runtime);
  runtime.step();
  if (left.is_undefined()) runtime.fail_undefined(left);
  if (right.is_undefined()) runtime.fail_undefined(right);
  if (left.is_integral() && right.is_integral()) {
    return or_equal ? left.integer() <= right.integer() : left.integer() < right.integer();
  }
  if (left.is_number() && right.is_number()) {
    return or_equal ? left.real() <= right.real() : left.real() < right.real();
  }
  if (left.is_text() && right.is_text()) {
    charge_comparison(runtime, std::min(left.text().bytes.size(), right.text().bytes.size()));
    const int order = left.text().bytes.compare(right.text().bytes);
    return or_equal ? order <= 0 : order < 0;
  }
  if (left.kind() == right.kind() && (left.is(Kind::List) || left.is(Kind::Tuple))) {
    return less_items(runtime, left.as<ListObject>().items, right.as<ListObject>().items, op,
                      or_equal);
  }
  runtime.fail_type(format("'{}' not supported between instances of '{}' and '{}'", op,
                           type_name(left), type_name(right)));
}

}  // namespace

bool truthy(const Value& value) {
  std::size_t length = 0;
  switch (value.kind()) {
    case Kind::Undefined:
    case Kind::None:
      return false;
    case Kind::Bool:
      return value.boolean();
    case Kind::Int:
      return value.integer() != 0;
    case Kind::Float:
      return value.real() != 0;
    default:
      return !length_of(value, length) || length != 0;
  }
}

bool equal(Runtime& runtime, const Value& left, const Value& right) {
  if (left.is_integral() && right.is_integral()) return left.integer() == right.integer();
  if (left.is_number() && right.is_number()) return left.real() == right.real();
  const Kind kind = left.kind();
  if (kind != right.kind()) return false;
  switch (kind) {
    case Kind::Undefined:
    case Kind::None:
      return true;
    case Kind::Text: {
      const std::string& a = left.text().bytes;
      const std::string& b = right.text().bytes;
      if (a.size() != b.size()) return false;
      charge_comparison(runtime, a.size());
      return a == b;
    }
    default:
      break;
  }
  if (left.object() == right.object()) return true;
  const Nesting nesting(runtime);
  runtime.step();
  switch (kind) {
    case Kind::List:
    case Kind::Tuple:
      return equal_items(runtime, left.as<ListObject>().items, right.as<ListObject>().items);
    case Kind::Dict:
      return equal_dicts(runtime, left.as<DictObject>(), right.as<DictObject>());
    case Kind::Range:
      return equal_ranges(left.as<RangeObject>(), right.as<RangeObject>());
    case Kind::Bytes:
      return left.as<BytesObject>().text.bytes == right.as<BytesObject>().text.bytes;
    default:
      return false;
  }
}

bool less(Runtime& runtime, const Value& left, const Value& right, const char* op) {
  return ordered(runtime, left, right, op, false);
}

bool less_or_equal(Runtime& runtime, const Value& left, const Value& right, const char* op) {
  return ordered(runtime, left, right, op, true);
}

std::size_t find_bytes(Runtime& runtime, std::string_view text, std::string_view needle,
                       std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  charge_comparison(runtime, text.size() - from);
  // memmem is linear; string_view::find may take the product of both lengths.
  const void* found =
      ::memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::Text:
      if (!item.is_text()) {
        if (item.is_undefined()) {
          runtime.fail_type("'in <string>' requires string as left operand, not Undefined");
        }
        runtime.fail_type(
            format("'in <string>' requires string as left operand, not {}", type_name(item)));
      }
      return find_bytes(runtime, container.text().bytes, item.text().bytes) !=
             std::string_view::npos;
    case Kind::Dict:
      return container.as<DictObject>().find(runtime, item) != nullptr;
    case Kind::Undefined:
    case Kind::List:
    case Kind::Tuple:
    case Kind::Range:
    case Kind::View:
    case Kind::Iterator:
    case Kind::Loop:
      break;
    default:
      runtime.fail_type(format("argument of type '{}' is not iterable", type_name(container)));
  }
  IteratorObject& items = iterate(runtime, container);
  Value candidate;
  while (next(runtime, items, candidate)) {
    if (equal(runtime, candidate, item)) return true;
  }
  return false;
}

std::size_t hash_of(Runtime& runtime, const Value& value) {
  switch (value.kind()) {
    case Kind::Undefined:
    case Kind::None:
      return 0x9E3779B9;
    case Kind::Bool:
    case Kind::Int:
    case Kind::Float:
      return std::hash<double>()(value.real());
    case Kind::Text:
      charge_comparison(runtime, value.text().bytes.size());
      return std::hash<std::string_view>()(value.text().bytes);
    case Kind::Bytes:
      return std::hash<std::string_view>()(value.as<BytesObject>().text.bytes);
    case Kind::Tuple: {
      const Nesting nesting(runtime);
      std::size_t hash = 0x345678;
      for (const Value& item : value.as<ListObject>().items) {
        runtime.step();
        hash = hash * 1000003 ^ hash_of(runtime, item);
      }
      return hash;
    }
    case Kind::List:
    case Kind::Dict:
    case Kind::View:
      runtime.fail_type(format("unhashable type: '{}'", type_name(value)));
    case Kind::Range:
      return 0x72616E67;
    default:
      return std::hash<const void*>()(value.object());
  }
}

bool length_of(const Value& value, std::size_t& length) {
  switch (value.kind()) {
    case Kind::Undefined:
      length = 0;
      return true;
    case Kind::Text:
      length =
          value.text().ascii ? value.text().bytes.size() : count_code_points(value.text().bytes);
      return true;
    case Kind::List:
    case Kind::Tuple:
      length = value.as<ListObject>().items.size();
      return true;
    case Kind::Dict:
      length = value.as<DictObject>().entries().size();
      return true;
    case Kind::View:
      length = value.as<ViewObject>().dict.entries().size();
      return true;
    case Kind::Range:
      length = value.as<RangeObject>().length();
      return true;
    case Kind::Bytes:
      length = value.as<BytesObject>().text.bytes.size();
      return true;
    default:
      return false;
  }
}

}  // namespace bantam::jinja
