#include "text/grammar/schema_types.h"

#include <algorithm>
#include <unordered_map>

#include "base/format.h"
#include "text/grammar/json_number.h"

namespace bantam::grammar {
namespace {

constexpr std::size_t kAlternativesMax = 200;  // of oneOf, which are compared in pairs

TypeSet named_type(const SchemaDocument& document, const JsonValue& schema, const JsonValue& name) {
  static const std::unordered_map<std::string_view, TypeSet> types{
      {"null", kNull},       {"boolean", kBoolean},
      {"integer", kInteger}, {"number", kInteger | kFraction},
      {"string", kString},   {"array", kArray},
      {"object", kObject}};
  const auto found = name.is_string() ? types.find(name.text) : types.end();
  if (found == types.end()) {
    document.fail(schema,
                  "type: expected null, boolean, integer, number, string, array or object, "
                  "or a list of them");
  }
  return found->second;
}

bool is_required(const SchemaParts& parts, std::string_view name) {
  return std::any_of(parts.begin(), parts.end(), [&](const SchemaPart& part) {
    const JsonValue* required = part.schema->find("required");
    return required != nullptr &&
           std::any_of(required->items.begin(), required->items.end(), [&](const JsonValue& each) {
             return each.is_string() && each.text == name;
           });
  });
}

// The parts of one property, or nothing where none of `parts` names it.
std::optional<SchemaParts> property(const SchemaParts& parts, std::string_view name) {
  SchemaParts found;
  for (const SchemaPart& part : parts) {
    const JsonValue* properties = part.schema->find("properties");
    const JsonValue* value = properties == nullptr ? nullptr : properties->find(name);
    if (value != nullptr) found.push_back({.schema = value});
  }
  if (found.empty()) return {};
  return found;
}

bool have_common(const std::vector<const JsonValue*>& a, const std::vector<const JsonValue*>& b) {
  return std::any_of(a.begin(), a.end(), [&](const JsonValue* x) {
    return std::any_of(b.begin(), b.end(),
                       [&](const JsonValue* y) { return is_same_value(*x, *y); });
  });
}

// Whether no object that is made of `made` is valid under `other`.
bool objects_differ(const SchemaDocument& document, const SchemaParts& made,
                    const SchemaParts& other) {
  const bool is_closed = std::none_of(made.begin(), made.end(), [](const SchemaPart& part) {
    const JsonValue* more = part.schema->find("additionalProperties");
    return (more != nullptr && more->kind != JsonValue::Kind::False) ||
           part.schema->find("patternProperties") != nullptr ||
           part.schema->find("anyOf") != nullptr || part.schema->find("oneOf") != nullptr;
  });
  for (const SchemaPart& part : other) {
    if (const JsonValue* required = part.schema->find("required"); required && is_closed) {
      for (const JsonValue& name : required->items) {
        const bool has_names = std::any_of(made.begin(), made.end(), [](const SchemaPart& each) {
          return each.schema->find("properties") != nullptr;
        });
        if (has_names && !property(made, name.text) && !is_required(made, name.text)) return true;
      }
    }
    const JsonValue* properties = part.schema->find("properties");
    if (properties == nullptr) continue;
    for (std::size_t i = 0; i < properties->keys.size(); ++i) {
      const auto same = property(made, properties->keys[i]);
      if (!same || !is_required(made, properties->keys[i])) continue;
      bool is_never = false;
      const SchemaParts theirs = document.followed({{.schema = &properties->items[i]}}, is_never);
      const SchemaParts ours = document.followed(*same, is_never);
      if (is_never) return true;
      const auto their_values = values_of(document, theirs), our_values = values_of(document, ours);
      if (their_values && our_values && !have_common(*their_values, *our_values)) return true;
    }
  }
  return false;
}

// Whether nothing that is made of `made` is valid under `other`.
bool differ(const SchemaDocument& document, const SchemaParts& made, const SchemaParts& other) {
  const auto our_values = values_of(document, made), their_values = values_of(document, other);
  TypeSet ours = types_of(document, made), theirs = kAllTypes;
  if (our_values) {
    ours = 0;
    for (const JsonValue* value : *our_values) ours |= type_of(*value);
  }
  for (const SchemaPart& part : other) theirs &= stated_types(document, *part.schema);
  if (their_values) {
    theirs = 0;
    for (const JsonValue* value : *their_values) theirs |= type_of(*value);
  }
  const TypeSet common = ours & theirs;
  if (common == 0) return true;
  if (our_values && their_values) return !have_common(*our_values, *their_values);
  return common == kObject && objects_differ(document, made, other);
}

}  // namespace

TypeSet type_of(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::Null:
      return kNull;
    case JsonValue::Kind::False:
    case JsonValue::Kind::True:
      return kBoolean;
    case JsonValue::Kind::String:
      return kString;
    case JsonValue::Kind::Array:
      return kArray;
    case JsonValue::Kind::Object:
      return kObject;
    case JsonValue::Kind::Number:
      break;
  }
  const auto decimal = decimal_of(value.text);
  return decimal && !decimal->is_whole() ? kFraction : kInteger;
}

TypeSet type_of_keyword(std::string_view keyword) {
  static const std::unordered_map<std::string_view, TypeSet> types{
      {"properties", kObject},
      {"required", kObject},
      {"additionalProperties", kObject},
      {"patternProperties", kObject},
      {"minProperties", kObject},
      {"maxProperties", kObject},
      {"items", kArray},
      {"prefixItems", kArray},
      {"minItems", kArray},
      {"maxItems", kArray},
      {"uniqueItems", kArray},
      {"minLength", kString},
      {"maxLength", kString},
      {"pattern", kString},
      {"format", kString},
      {"minimum", kInteger | kFraction},
      {"maximum", kInteger | kFraction},
      {"exclusiveMinimum", kInteger | kFraction},
      {"exclusiveMaximum", kInteger | kFraction},
      {"multipleOf", kInteger | kFraction}};
  const auto found = types.find(keyword);
  return found == types.end() ? TypeSet{0} : found->second;
}

TypeSet stated_types(const SchemaDocument& document, const JsonValue& schema) {
  const JsonValue* type = schema.find("type");
  if (type == nullptr) return kAllTypes;
  TypeSet types = 0;
  if (type->is_array()) {
    for (const JsonValue& each : type->items) types |= named_type(document, schema, each);
  } else {
    types = named_type(document, schema, *type);
  }
  const JsonValue* nullable = schema.find("nullable");
  if (nullable != nullptr && nullable->kind == JsonValue::Kind::True) types |= kNull;
  return types;
}

TypeSet types_of(const SchemaDocument& document, const SchemaParts& parts) {
  TypeSet types = kAllTypes, implied = 0;
  bool is_stated = false;
  for (const SchemaPart& part : parts) {
    types &= stated_types(document, *part.schema);
    is_stated |= part.schema->find("type") != nullptr;
    for (const std::string& key : part.schema->keys) implied |= type_of_keyword(key);
  }
  return is_stated || implied == 0 ? types : implied;
}

bool is_same_value(const JsonValue& a, const JsonValue& b) {
  if (a.is_number() && b.is_number()) {
    const auto x = decimal_of(a.text), y = decimal_of(b.text);
    if (x && y) return compare(*x, *y) == 0;
  }
  return json_text(a) == json_text(b);
}

std::optional<std::vector<const JsonValue*>> values_of(const SchemaDocument& document,
                                                       const SchemaParts& parts) {
  std::optional<std::vector<const JsonValue*>> values;
  const auto restrict = [&](std::vector<const JsonValue*> list) {
    if (!values) {
      values = std::move(list);
      return;
    }
    std::erase_if(*values, [&](const JsonValue* value) { return !have_common({value}, list); });
  };
  TypeSet types = kAllTypes;
  for (const SchemaPart& part : parts) {
    types &= stated_types(document, *part.schema);
    if (const JsonValue* constant = part.schema->find("const")) restrict({constant});
    const JsonValue* list = part.schema->find("enum");
    if (list == nullptr) continue;
    if (!list->is_array() || list->items.empty()) {
      document.fail(*part.schema, "enum: expected a list of values");
    }
    std::vector<const JsonValue*> pointers;
    for (const JsonValue& value : list->items) pointers.push_back(&value);
    restrict(std::move(pointers));
  }
  if (values) {
    std::erase_if(*values, [types](const JsonValue* value) { return !(type_of(*value) & types); });
  }
  return values;
}

void check_disjoint(const SchemaDocument& document, const JsonValue& schema,
                    const JsonValue& one_of) {
  if (one_of.items.size() > kAlternativesMax) {
    document.fail(schema, format("oneOf: found {} alternatives, expected at most {}; use anyOf",
                                 one_of.items.size(), kAlternativesMax));
  }
  std::vector<SchemaParts> alternatives;
  for (const JsonValue& each : one_of.items) {
    bool is_never = false;
    alternatives.push_back(document.followed({{.schema = &each}}, is_never));
    if (is_never) alternatives.pop_back();
  }
  for (const SchemaParts& made : alternatives) {
    for (const SchemaParts& other : alternatives) {
      if (&made == &other || differ(document, made, other)) continue;
      document.fail(schema,
                    "oneOf: what one alternative describes may fit another as well; give each a "
                    "required property with a const of its own, or use anyOf");
    }
  }
}

}  // namespace bantam::grammar
