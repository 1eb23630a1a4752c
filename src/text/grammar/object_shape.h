// JSON Schema: which properties an object has.
#pragma once

#include <string>
#include <vector>

#include "text/grammar/schema_parts.h"

namespace bantam::grammar {

// What a property or the elements of a list must fit: parts, or nothing at all.
struct Described {
  SchemaParts parts;
  bool is_never = false;

  void add(const JsonValue& schema) {
    if (schema.kind == JsonValue::Kind::False) is_never = true;
    if (schema.kind != JsonValue::Kind::True) parts.push_back({.schema = &schema});
  }
};

struct Property {
  std::string name;
  Described value;
  bool is_required = false;
};

struct ObjectShape {
  std::vector<Property> properties;    // in the order in which the schema names them
  Described other;                     // what properties that are not named must fit
  bool has_other = false;              // whether a schema says so
  const JsonValue* pattern = nullptr;  // the one member of patternProperties
  std::string pattern_text;            // and the expression for its names
};

// What all parts together say of an object's properties. Throws Error{BadInput} naming the place.
ObjectShape shape_of(const SchemaDocument& document, const SchemaParts& parts);

}  // namespace bantam::grammar
