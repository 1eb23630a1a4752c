#include "support/random_schemas.h"

#include <algorithm>

namespace bantam::test {
namespace {

using Json = nlohmann::ordered_json;

class SchemaSource {
 public:
  explicit SchemaSource(std::mt19937& random) : random_(random) {}

  Json draw_document() {
    Json schema = draw(0);
    if (uses_tree_) {
      schema["$defs"]["tree"] = {
          {"type", "object"},
          {"properties",
           {{"value", draw_scalar()},
            {"children",
             {{"type", "array"}, {"items", {{"$ref", "#/$defs/tree"}}}, {"maxItems", 3}}}}},
          {"required", {"value"}}};
    }
    return schema;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  std::string draw_name() {
    static const char* const names[] = {"id",   "name", "é",    "a \"b\"", "tags", "name2",
                                        "city", "na",   "x\\y", "value",   "n",    "ünï"};
    return names[below(12)];
  }

  Json draw_scalar() {
    Json schema;
    switch (below(9)) {
      case 0:
        schema["type"] = "boolean";
        break;
      case 1:
        schema["type"] = "null";
        break;
      case 2:
        schema["type"] = "integer";
        if (chance(70)) schema["minimum"] = below(400) - 200;
        if (chance(70)) schema["maximum"] = 200 + below(5000);
        break;
      case 3:
        schema["type"] = "number";
        if (chance(50)) schema["exclusiveMinimum"] = (below(4000) - 2000) / 8.0;
        if (chance(50)) schema["maximum"] = 250 + below(3000) / 16.0;
        break;
      case 4:
        schema["enum"] = {"red", "green", draw_name(), below(10), nullptr};
        break;
      case 5:
        schema["const"] = draw_name();
        break;
      case 6:
        schema["type"] = {"string", "null"};
        schema["maxLength"] = below(30) + 1;
        break;
      default:
        schema["type"] = "string";
        if (chance(60)) schema["minLength"] = below(4);
        if (chance(60)) schema["maxLength"] = 4 + below(40);
    }
    if (chance(20)) schema["description"] = "a \"value\"";
    return schema;
  }

  Json draw(int depth) {
    const int kind = depth >= 3 ? 0 : below(10);
    if (kind < 2 && depth > 0) return draw_scalar();
    if (kind == 2) {
      Json schema{{"anyOf", Json::array()}};
      for (int i = below(3) + 1; i > 0; --i) schema["anyOf"].push_back(draw(depth + 1));
      return schema;
    }
    if (kind == 3) {
      Json schema{{"type", "array"}, {"items", draw(depth + 1)}};
      if (chance(50)) schema["minItems"] = below(3);
      if (chance(70)) schema["maxItems"] = 2 + below(4);
      return schema;
    }
    if (kind == 4 && depth > 0) {
      uses_tree_ = true;
      return {{"$ref", "#/$defs/tree"}};
    }
    if (kind == 5) return {{"type", "object"}, {"additionalProperties", draw(depth + 1)}};
    return draw_object(depth);
  }

  Json draw_object(int depth) {
    Json schema{{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
    for (int i = below(5) + 1; i > 0; --i) {
      const std::string name = draw_name();
      if (schema["properties"].contains(name)) continue;
      schema["properties"][name] = draw(depth + 1);
      if (chance(60)) schema["required"].push_back(name);
    }
    if (chance(40)) schema["additionalProperties"] = chance(60) ? Json(false) : draw_scalar();
    return schema;
  }

  std::mt19937& random_;
  bool uses_tree_ = false;
};

// Code points of a string that the parser has found to be UTF-8.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "array") return value.is_array();
  return value.is_object();
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  bool holds(const Json& schema, const Json& value) const {
    for (const auto& [keyword, argument] : schema.items()) {
      if (!keyword_holds(schema, keyword, argument, value)) return false;
    }
    return true;
  }

 private:
  bool keyword_holds(const Json& schema, const std::string& keyword, const Json& argument,
                     const Json& value) const {
    if (keyword == "$ref") {
      return holds(root_.at(Json::json_pointer(argument.get<std::string>().substr(1))), value);
    }
    if (keyword == "type") {
      if (argument.is_string()) return has_type(value, argument);
      return std::any_of(argument.begin(), argument.end(),
                         [&](const Json& type) { return has_type(value, type); });
    }
    if (keyword == "enum")
      return std::find(argument.begin(), argument.end(), value) != argument.end();
    if (keyword == "const") return value == argument;
    if (keyword == "anyOf") {
      return std::any_of(argument.begin(), argument.end(),
                         [&](const Json& each) { return holds(each, value); });
    }
    if (value.is_number())
      return number_holds(keyword, argument.is_number() ? argument.get<double>() : 0, value);
    if (value.is_string() && keyword == "minLength")
      return characters(value) >= argument.get<std::size_t>();
    if (value.is_string() && keyword == "maxLength")
      return characters(value) <= argument.get<std::size_t>();
    if (value.is_array()) return array_holds(keyword, argument, value);
    if (value.is_object()) return object_holds(schema, keyword, argument, value);
    return true;
  }

  static bool number_holds(const std::string& keyword, double bound, const Json& value) {
    if (keyword == "minimum") return value.get<double>() >= bound;
    if (keyword == "maximum") return value.get<double>() <= bound;
    return keyword != "exclusiveMinimum" || value.get<double>() > bound;
  }

  bool array_holds(const std::string& keyword, const Json& argument, const Json& value) const {
    if (keyword == "minItems") return value.size() >= argument.get<std::size_t>();
    if (keyword == "maxItems") return value.size() <= argument.get<std::size_t>();
    return keyword != "items" || std::all_of(value.begin(), value.end(), [&](const Json& item) {
             return holds(argument, item);
           });
  }

  bool object_holds(const Json& schema, const std::string& keyword, const Json& argument,
                    const Json& value) const {
    if (keyword == "required") {
      return std::all_of(argument.begin(), argument.end(),
                         [&](const Json& name) { return value.contains(name.get<std::string>()); });
    }
    if (keyword == "properties") {
      return std::all_of(argument.items().begin(), argument.items().end(), [&](const auto& each) {
        return !value.contains(each.key()) || holds(each.value(), value[each.key()]);
      });
    }
    if (keyword != "additionalProperties") return true;
    const Json named = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      if (named.contains(name)) continue;
      if (argument.is_boolean() ? !argument.get<bool>() : !holds(argument, member)) return false;
    }
    return true;
  }

  const Json& root_;
};

}  // namespace

Json random_schema(std::mt19937& random) { return SchemaSource(random).draw_document(); }

bool is_valid(const Json& schema, const std::string& text) {
  const Json value = Json::parse(text, nullptr, false);
  return !value.is_discarded() && Validator(schema).holds(schema, value);
}

}  // namespace bantam::test
