#include "text/gotemplate/json_values.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/format.h"
#include "base/utf8.h"

namespace bantam::gotemplate {
namespace {

using jinja::Fault;
using jinja::Runtime;
using Json = nlohmann::ordered_json;

TextPtr user_text(Runtime& runtime, const std::string& bytes) {
  runtime.charge(bytes.size() + sizeof(Text));
  return std::get<TextPtr>(
      text_value(is_valid_utf8(bytes) ? bytes : repair_utf8(bytes), Origin::User));
}

Value convert(Runtime& runtime, const Json& json, int level);

Map convert_object(Runtime& runtime, const Json& json, int level) {
  Map map;
  for (const auto& [key, value] : json.items()) {
    map.entries.emplace_back(user_text(runtime, key), convert(runtime, value, level + 1));
  }
  std::sort(map.entries.begin(), map.entries.end(),
            [](const auto& a, const auto& b) { return a.first->bytes < b.first->bytes; });
  return map;
}

Value convert(Runtime& runtime, const Json& json, int level) {
  if (level > runtime.limits().values) {
    runtime.fail(Fault::Limit, format("JSON of more than {} levels", runtime.limits().values));
  }
  runtime.charge(sizeof(Value));
  if (json.is_null()) return NilInterface{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return user_text(runtime, json.get_ref<const std::string&>());
  if (json.is_object()) return std::make_shared<const Map>(convert_object(runtime, json, level));
  std::vector<Value> items;
  for (const Json& item : json) items.push_back(convert(runtime, item, level + 1));
  return std::make_shared<const Slice>(std::move(items));
}

}  // namespace

Value from_json(Runtime& runtime, const Json& json) { return convert(runtime, json, 0); }

Map map_of(Runtime& runtime, const Json& object) { return convert_object(runtime, object, 0); }

const Json& member(const Json& object, const char* name, const std::string& where) {
  static const Json kNull;
  if (!object.is_object()) {
    throw Error(ErrorCode::BadInput, format("{}: expected an object with \"{}\"", where, name));
  }
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

Value text_member(Runtime& runtime, const Json& object, const char* name,
                  const std::string& where) {
  const Json& found = member(object, name, where);
  if (found.is_null()) return text_value(std::string());
  if (!found.is_string()) {
    throw Error(ErrorCode::BadInput, format("{}.{}: expected a text", where, name));
  }
  return user_text(runtime, found.get_ref<const std::string&>());
}

}  // namespace bantam::gotemplate
