#include "text/jinja/builtins/filters.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.h"
#include "text/jinja/builtins/attributes.h"
#include "text/jinja/builtins/text_pieces.h"
#include "text/jinja/values/unicode.h"

namespace bantam::jinja {
namespace {

// One part of a path: an index if it is made of digits.
Value path_part(Runtime& runtime, const Value& part) {
  const std::string& bytes = part.text().bytes;
  std::int64_t index = 0;
  const auto parsed = std::from_chars(bytes.data(), bytes.data() + bytes.size(), index);
  const bool digits = !bytes.empty() && bytes[0] != '-' && parsed.ec == std::errc() &&
                      parsed.ptr == bytes.data() + bytes.size();
  return digits ? Value::of(static_cast<Integer>(index)) : runtime.make_text(bytes);
}

}  // namespace

const Builtin* find_filter(std::string_view name) {
  for (const auto table :
       {text_filters(), markup_filters(), number_filters(), sequence_filters(), lazy_filters()}) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Builtin& filter) { return filter.name == name; });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

Getter attribute_getter(Runtime& runtime, const Value* attribute, const Value* fallback) {
  std::vector<Value> path;
  if (attribute != nullptr && attribute->is_text()) {
    Text dot;
    dot.append(".", Origin::Template);
    path = split(runtime, attribute->text_ptr(), &dot, -1);
    for (Value& part : path) part = path_part(runtime, part);
  } else if (attribute != nullptr && !attribute->is_none()) {
    path.push_back(*attribute);
  }
  const Value stand_in = fallback != nullptr ? *fallback : Value();
  return [&runtime, path, stand_in](const Value& item) {
    Value value = item;
    for (const Value& part : path) {
      runtime.step();
      value = get_item(runtime, value, part);
      if (!stand_in.is_none() && value.is_undefined()) value = stand_in;
    }
    return value;
  };
}

Value ignore_case(Runtime& runtime, const Value& value) {
  return value.is_text() ? transformed(runtime, value.text(), to_lower) : value;
}

}  // namespace bantam::jinja
