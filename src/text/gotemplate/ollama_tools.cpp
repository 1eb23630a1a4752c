// The tools of a conversation as Ollama's types hold them.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/format.h"
#include "text/gotemplate/json_values.h"
#include "text/gotemplate/ollama_data.h"

namespace bantam::gotemplate {
namespace {

using jinja::Runtime;
using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::BadInput, message); }

Value record_value(Record record) { return std::make_shared<const Record>(std::move(record)); }

// A list of texts; nil if it is null.
Value texts_value(Runtime& runtime, const Json& json, Style style, const std::string& where) {
  if (!json.is_null() && !json.is_array()) fail(where + ": expected a list of texts");
  std::vector<Value> items;
  for (const Json& item : json) {
    if (!item.is_string()) fail(where + ": expected a list of texts");
    items.push_back(from_json(runtime, item));
  }
  auto slice = std::make_shared<Slice>(std::move(items));
  slice->style = style;
  slice->is_nil = json.is_null();
  return SlicePtr(std::move(slice));
}

Value any_value(Runtime& runtime, const Json& json) {
  return json.is_null() ? Value(NilInterface{}) : from_json(runtime, json);
}

Value property_value(Runtime& runtime, const Json& json, const std::string& where);

enum class Order { Sorted, AsInFile };

Value properties_value(Runtime& runtime, const Json& json, Order order, const std::string& where) {
  const jinja::Nesting nesting(runtime);
  if (!json.is_null() && !json.is_object()) fail(where + ": expected an object");
  Map map;
  map.style = Style::Json;
  map.is_nil = json.is_null();
  map.zero = property_value(runtime, Json::object(), where);
  for (const auto& [name, property] : json.items()) {
    const Value key = from_json(runtime, name);
    map.entries.emplace_back(std::get<TextPtr>(key),
                             property_value(runtime, property, where + "." + name));
  }
  map.in_file_order = order == Order::AsInFile;
  if (!map.in_file_order) {
    std::sort(map.entries.begin(), map.entries.end(),
              [](const auto& a, const auto& b) { return a.first->bytes < b.first->bytes; });
  }
  return std::make_shared<const Map>(std::move(map));
}

Value property_value(Runtime& runtime, const Json& json, const std::string& where) {
  const jinja::Nesting nesting(runtime);
  std::vector<Value> options;
  const Json& alternatives = member(json, "anyOf", where);
  if (!alternatives.is_null() && !alternatives.is_array()) fail(where + ".anyOf: expected a list");
  for (const Json& alternative : alternatives) {
    options.push_back(property_value(runtime, alternative, where + ".anyOf"));
  }
  auto any_of = std::make_shared<Slice>(std::move(options));
  any_of->is_nil = alternatives.is_null();
  const Json& type = member(json, "type", where);
  const Json types = type.is_string() ? Json::array({type}) : type;
  const Json& inner = member(json, "properties", where);
  const Json& enumeration = member(json, "enum", where);
  if (!enumeration.is_null() && !enumeration.is_array()) fail(where + ".enum: expected a list");
  Record record{"api.ToolProperty", {}};
  record.fields = {
      {"AnyOf", "anyOf", true, SlicePtr(std::move(any_of))},
      {"Type", "type", true, texts_value(runtime, types, Style::Type, where + ".type")},
      {"Items", "items", true, any_value(runtime, member(json, "items", where))},
      {"Description", "description", true, text_member(runtime, json, "description", where)},
      {"Enum", "enum", true,
       enumeration.is_null() ? texts_value(runtime, nullptr, Style::Plain, where)
                             : from_json(runtime, enumeration)},
      {"Properties", "properties", true,
       inner.is_null() ? Value(NilInterface{})
                       : properties_value(runtime, inner, Order::AsInFile, where + ".properties")},
      {"Required", "required", true,
       texts_value(runtime, member(json, "required", where), Style::Plain, where + ".required")}};
  return record_value(std::move(record));
}

Value parameters_value(Runtime& runtime, const Json& given, const std::string& where) {
  const Json json = given.is_null() ? Json::object() : given;
  Record record{"template.templateToolFunctionParameters", {}};
  record.style = Style::Json;
  record.fields = {
      {"Type", "type", false, text_member(runtime, json, "type", where)},
      {"Defs", "$defs", true, any_value(runtime, member(json, "$defs", where))},
      {"Items", "items", true, any_value(runtime, member(json, "items", where))},
      {"Required", "required", true,
       texts_value(runtime, member(json, "required", where), Style::Plain, where + ".required")},
      {"Properties", "properties", false,
       properties_value(runtime, member(json, "properties", where), Order::Sorted,
                        where + ".properties")}};
  return record_value(std::move(record));
}

Value tool_value(Runtime& runtime, const Json& json, const std::string& where) {
  const Json& function = member(json, "function", where);
  if (!function.is_object()) fail(where + ".function: expected an object with name and parameters");
  const std::string inside = where + ".function";
  Record details{"template.templateToolFunction", {}};
  details.style = Style::Json;
  details.fields = {
      {"Name", "name", false, text_member(runtime, function, "name", inside)},
      {"Description", "description", false, text_member(runtime, function, "description", inside)},
      {"Parameters", "parameters", false,
       parameters_value(runtime, member(function, "parameters", inside), inside + ".parameters")}};
  Record record{"template.templateTool", {}};
  record.style = Style::Json;
  record.fields = {{"Type", "type", false, text_member(runtime, json, "type", where)},
                   {"Items", "items", true, any_value(runtime, member(json, "items", where))},
                   {"Function", "function", false, record_value(std::move(details))}};
  return record_value(std::move(record));
}

}  // namespace

Value tools_value(Runtime& runtime, const Json& tools) {
  if (!tools.is_null() && !tools.is_array()) fail("tools: expected a list");
  std::vector<Value> items;
  for (const Json& tool : tools) {
    items.push_back(tool_value(runtime, tool, format("tools[{}]", items.size())));
  }
  auto slice = std::make_shared<Slice>(std::move(items));
  slice->style = Style::Json;
  slice->is_nil = tools.is_null();
  return SlicePtr(std::move(slice));
}

}  // namespace bantam::gotemplate
