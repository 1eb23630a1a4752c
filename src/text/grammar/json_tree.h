// JSON values as a tree, in the order of their text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bantam::grammar {

struct JsonValue {
  enum class Kind { Null, False, True, Number, String, Array, Object } kind = Kind::Null;
  std::string text;               // of a string, or a number as it is written
  std::vector<JsonValue> items;   // of an array, or the values of an object
  std::vector<std::string> keys;  // of an object

  bool is_object() const { return kind == Kind::Object; }
  bool is_array() const { return kind == Kind::Array; }
  bool is_string() const { return kind == Kind::String; }
  bool is_number() const { return kind == Kind::Number; }
  bool is_boolean() const { return kind == Kind::False || kind == Kind::True; }
  const JsonValue* find(std::string_view key) const;  // nullptr: no such member
};

// Reads RFC 8259. Throws Error{BadInput} naming `what` and the byte: past the limits of limits.h,
// for an object with the same key twice, and for what is no JSON.
JsonValue parse_json_tree(std::string_view source, std::string_view what);

// The value without white space; strings in the shortest form.
std::string json_text(const JsonValue& value);
std::string json_string(std::string_view text);  // with quotes

}  // namespace bantam::grammar
