#include "text/gotemplate/functions.h"

#include <algorithm>
#include <cstdio>

#include "base/format.h"
#include "text/gotemplate/escapes.h"
#include "text/gotemplate/format.h"
#include "text/gotemplate/json.h"

namespace bantam::gotemplate {
namespace {

using jinja::Fault;
using Arguments = std::span<const Value>;

[[noreturn]] void fail_type(Runtime& runtime, const char* function, const Value& value) {
  runtime.fail_type(format("{} of type {}", function, type_name(value)));
}

Value logical_not(Runtime&, Arguments arguments) { return !is_true(arguments[0]); }

// --- comparison ---

Value eq(Runtime& runtime, Arguments arguments) {
  if (arguments.size() < 2) runtime.fail_type("eq: missing argument for comparison");
  return std::any_of(arguments.begin() + 1, arguments.end(),
                     [&](const Value& other) { return are_equal(runtime, arguments[0], other); });
}

Value ne(Runtime& runtime, Arguments arguments) {
  return !are_equal(runtime, arguments[0], arguments[1]);
}

bool is_less(Runtime& runtime, const Value& a, const Value& b) {
  if (a.index() != b.index()) {
    runtime.fail_type(
        format("incompatible types for comparison: {} and {}", type_name(a), type_name(b)));
  }
  if (const auto* integer = std::get_if<std::int64_t>(&a))
    return *integer < std::get<std::int64_t>(b);
  if (const auto* real = std::get_if<double>(&a)) return *real < std::get<double>(b);
  if (const Text* text = as_text(a)) {
    runtime.charge(text->bytes.size());
    return text->bytes < as_text(b)->bytes;
  }
  runtime.fail_type(format("invalid type for comparison: {}", type_name(a)));
}

Value lt(Runtime& runtime, Arguments arguments) {
  return is_less(runtime, arguments[0], arguments[1]);
}
Value le(Runtime& runtime, Arguments arguments) {
  return is_less(runtime, arguments[0], arguments[1]) ||
         are_equal(runtime, arguments[0], arguments[1]);
}
Value gt(Runtime& runtime, Arguments arguments) { return !std::get<bool>(le(runtime, arguments)); }
Value ge(Runtime& runtime, Arguments arguments) {
  return !is_less(runtime, arguments[0], arguments[1]);
}

// --- collections ---

Value len(Runtime& runtime, Arguments arguments) {
  const Value& value = arguments[0];
  std::size_t length = 0;
  if (const Text* text = as_text(value)) {
    length = text->bytes.size();
  } else if (const auto* slice = std::get_if<SlicePtr>(&value)) {
    length = (*slice)->items.size();
  } else if (const auto* map = std::get_if<MapPtr>(&value)) {
    length = (*map)->entries.size();
  } else {
    fail_type(runtime, "len", value);
  }
  return static_cast<std::int64_t>(length);
}

// An index from 0 to `most`.
std::size_t place_of(Runtime& runtime, const Value& index, std::size_t most) {
  const auto* number = std::get_if<std::int64_t>(&index);
  if (number == nullptr) {
    runtime.fail_type(format("cannot index slice/array with type {}", type_name(index)));
  }
  if (*number < 0 || static_cast<std::uint64_t>(*number) > most) {
    runtime.fail(Fault::Value, format("index out of range: {}", *number));
  }
  return static_cast<std::size_t>(*number);
}

Value item_of(Runtime& runtime, const Value& of, const Value& index) {
  if (const auto* map = std::get_if<MapPtr>(&of)) {
    const Text* key = as_text(index);
    if (key == nullptr) {
      runtime.fail_type(format("value has type {}; should be string", type_name(index)));
    }
    if ((*map)->in_file_order) runtime.step(static_cast<std::int64_t>((*map)->entries.size()));
    const Value* found = (*map)->find(key->bytes);
    return found != nullptr ? *found : (*map)->zero;
  }
  const Text* text = as_text(of);
  const auto* slice = std::get_if<SlicePtr>(&of);
  if (text == nullptr && slice == nullptr) fail_type(runtime, "index", of);
  const std::size_t size = text != nullptr ? text->bytes.size() : (*slice)->items.size();
  const std::size_t at = place_of(runtime, index, size);
  if (at == size) runtime.fail(Fault::Value, format("index out of range: {}", at));
  if (text != nullptr) return std::int64_t{static_cast<unsigned char>(text->bytes[at])};
  return (*slice)->items[at];
}

Value index(Runtime& runtime, Arguments arguments) {
  if (is_nothing(arguments[0])) fail_type(runtime, "index", arguments[0]);
  Value item = arguments[0];
  for (const Value& place : arguments.subspan(1)) item = item_of(runtime, item, place);
  return item;
}

Value slice(Runtime& runtime, Arguments arguments) {
  const Text* text = as_text(arguments[0]);
  const auto* list = std::get_if<SlicePtr>(&arguments[0]);
  if (text == nullptr && list == nullptr) fail_type(runtime, "slice", arguments[0]);
  if (text != nullptr && arguments.size() == 4) {
    runtime.fail_type("cannot 3-index slice a string");
  }
  const std::size_t size = text != nullptr ? text->bytes.size() : (*list)->items.size();
  std::size_t bounds[] = {0, size, size};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    bounds[i - 1] = place_of(runtime, arguments[i], size);
  }
  if (bounds[0] > bounds[1] || bounds[1] > bounds[2]) {
    runtime.fail(Fault::Value, format("invalid slice index: {} > {}", bounds[0], bounds[1]));
  }
  if (text != nullptr) {
    runtime.charge(bounds[1] - bounds[0] + sizeof(Text));
    Text part;
    part.append(*text, bounds[0], bounds[1]);
    return text_value(std::move(part));
  }
  runtime.charge(sizeof(Slice));
  auto part = std::make_shared<Slice>(**list);
  part->items = part->items.subspan(bounds[0], bounds[1] - bounds[0]);
  return SlicePtr(std::move(part));
}

Value call(Runtime& runtime, Arguments arguments) {
  runtime.fail_type(
      format("call of {}: a template has no values that can be called", type_name(arguments[0])));
}

// --- texts ---

Value print(Runtime& runtime, Arguments arguments) {
  return text_value(sprint(runtime, arguments));
}
Value println(Runtime& runtime, Arguments arguments) {
  return text_value(sprintln(runtime, arguments));
}
Value printf(Runtime& runtime, Arguments arguments) {
  const Text* pattern = as_text(arguments[0]);
  if (pattern == nullptr)
    fail_type(runtime, "printf: expected string, found a format", arguments[0]);
  return text_value(sprintf(runtime, *pattern, arguments.subspan(1)));
}

// What html, js and urlquery escape: the arguments in a row, printed; all of it the user's if any
// part is.
template <std::string (*Escape)(std::string_view)>
Value escaped(Runtime& runtime, Arguments arguments) {
  TextBuilder out(runtime);
  if (arguments.size() == 1) {
    print_value(runtime, out, arguments[0]);
  } else {
    out.append(sprint(runtime, arguments));
  }
  const Text plain = out.take();
  runtime.charge_characters(plain.bytes.size());
  std::string result = Escape(plain.bytes);
  runtime.charge(result.size());
  return text_value(std::move(result), plain.origin());
}

Value json(Runtime& runtime, Arguments arguments) {
  TextBuilder out(runtime);
  write_json(runtime, out, arguments[0]);
  return text_value(out.take());
}

// --- Ollama's ---

// Whatever format is asked for, the date is YYYY-MM-DD.
Value date(Runtime& runtime, Arguments arguments, const char* name, std::int64_t days_back) {
  for (const Value& argument : arguments) {
    if (as_text(argument) == nullptr) fail_type(runtime, name, argument);
  }
  if (!runtime.now) runtime.fail(Fault::Value, format("{}: no clock is given", name));
  const jinja::CalendarTime day = jinja::days_before(*runtime.now, days_back);
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02d", day.year, day.month, day.day);
  return text_value(buffer);
}
Value current_date(Runtime& runtime, Arguments arguments) {
  return date(runtime, arguments, "currentDate", 0);
}
Value yesterday_date(Runtime& runtime, Arguments arguments) {
  return date(runtime, arguments, "yesterdayDate", 1);
}

void write_typescript_type(Runtime& runtime, TextBuilder& out, const Value& property) {
  const jinja::Nesting nesting(runtime);
  const auto* record = std::get_if<RecordPtr>(&property);
  if (record == nullptr || std::string_view((*record)->type) != "api.ToolProperty") {
    return out.append("any");
  }
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"string", "string"},   {"number", "number"}, {"integer", "number"},
      {"boolean", "boolean"}, {"array", "any[]"},   {"object", "Record<string, any>"},
      {"null", "null"}};
  const auto& any_of = std::get<SlicePtr>(*(*record)->find("AnyOf"))->items;
  const auto& types = std::get<SlicePtr>(*(*record)->find("Type"))->items;
  for (std::size_t i = 0; i < any_of.size(); ++i) {
    if (i > 0) out.append(" | ");
    write_typescript_type(runtime, out, any_of[i]);
  }
  if (!any_of.empty()) return;
  if (types.empty()) return out.append("any");
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) out.append(" | ");
    const Text* type = as_text(types[i]);
    const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) {
      return type != nullptr && name.first == type->bytes;
    });
    out.append(found == std::end(kNames) ? "any" : found->second);
  }
}

Value to_typescript_type(Runtime& runtime, Arguments arguments) {
  TextBuilder out(runtime);
  write_typescript_type(runtime, out, arguments[0]);
  return text_value(out.take());
}

constexpr Function kFunctions[] = {
    {"and", 1, -1, nullptr},
    {"call", 1, -1, call},
    {"currentDate", 0, -1, current_date},
    {"eq", 1, -1, eq},
    {"ge", 2, 2, ge},
    {"gt", 2, 2, gt},
    {"html", 0, -1, escaped<escaped_for_html>},
    {"index", 1, -1, index},
    {"js", 0, -1, escaped<escaped_for_javascript>},
    {"json", 1, 1, json},
    {"le", 2, 2, le},
    {"len", 1, 1, len},
    {"lt", 2, 2, lt},
    {"ne", 2, 2, ne},
    {"not", 1, 1, logical_not},
    {"or", 1, -1, nullptr},
    {"print", 0, -1, print},
    {"printf", 1, -1, printf},
    {"println", 0, -1, println},
    {"slice", 1, 4, slice},
    {"toTypeScriptType", 1, 1, to_typescript_type},
    {"urlquery", 0, -1, escaped<escaped_for_query>},
    {"yesterdayDate", 0, -1, yesterday_date},
};

}  // namespace

const Function* find_function(std::string_view name) {
  for (const Function& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

bool are_equal(Runtime& runtime, const Value& a, const Value& b) {
  const bool is_scalar = a.index() >= 2 && a.index() <= 5;  // bool to text
  const bool is_other_scalar = b.index() >= 2 && b.index() <= 5;
  if (is_nothing(a) || is_nothing(b)) return is_nil(a) && is_nil(b);
  if (a.index() != b.index() && (is_scalar || is_other_scalar)) {
    runtime.fail_type(
        format("incompatible types for comparison: {} and {}", type_name(a), type_name(b)));
  }
  if (const auto* is = std::get_if<bool>(&a)) return *is == std::get<bool>(b);
  if (const auto* integer = std::get_if<std::int64_t>(&a))
    return *integer == std::get<std::int64_t>(b);
  if (const auto* real = std::get_if<double>(&a)) return *real == std::get<double>(b);
  if (const Text* text = as_text(a)) {
    runtime.charge(text->bytes.size());
    return text->bytes == as_text(b)->bytes;
  }
  if (a.index() == b.index() && (is_nil(a) || is_nil(b))) return is_nil(a) && is_nil(b);
  runtime.fail_type(format("non-comparable type {}", type_name(b)));
}

}  // namespace bantam::gotemplate
