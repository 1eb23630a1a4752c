// JSON Schema: the types and the fixed values that parts of a schema leave.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/grammar/schema_parts.h"

namespace bantam::grammar {

using TypeSet = std::uint8_t;
enum Type : TypeSet {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kFraction = 8,  // numbers that are no integers
  kString = 16,
  kArray = 32,
  kObject = 64,
  kAllTypes = 127,
};

// What "type" and "nullable" of one schema allow; all where it says nothing.
TypeSet stated_types(const SchemaDocument& document, const JsonValue& schema);
// What all parts allow; without any "type", what their keywords are about.
TypeSet types_of(const SchemaDocument& document, const SchemaParts& parts);
TypeSet type_of(const JsonValue& value);
// The type that a keyword is about, or 0.
TypeSet type_of_keyword(std::string_view keyword);

// The values that "enum" and "const" of all parts leave and that have one of their types; nothing
// where they say nothing.
std::optional<std::vector<const JsonValue*>> values_of(const SchemaDocument& document,
                                                       const SchemaParts& parts);
bool is_same_value(const JsonValue& a, const JsonValue& b);

// Throws Error{BadInput} unless nothing that is made of one alternative of `one_of`, a list in
// `schema`, is valid under another: what makes them differ is looked for in types, fixed values,
// a required property with fixed values, and required properties that others lack.
void check_disjoint(const SchemaDocument& document, const JsonValue& schema,
                    const JsonValue& one_of);

}  // namespace bantam::grammar
