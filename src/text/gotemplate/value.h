// The values of a Go template: what Ollama's data and a template's own constants are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/values/text.h"

namespace bantam::gotemplate {

using jinja::Origin;
using jinja::Text;
using jinja::TextPtr;

struct Slice;
struct Map;
struct Record;
using SlicePtr = std::shared_ptr<const Slice>;
using MapPtr = std::shared_ptr<const Map>;
using RecordPtr = std::shared_ptr<const Record>;

// Nothing at all, as a variable that was set to a missing key holds: its fields are nothing too.
struct Nothing {};
// An interface that holds nothing: asking for a field of it is a fault.
struct NilInterface {};

// A value of one rendering, never changed once it is made; copies share. Go's unsigned and sized
// integers are int64 here: templates cannot tell.
using Value = std::variant<Nothing, NilInterface, bool, std::int64_t, double, TextPtr, SlicePtr,
                           MapPtr, RecordPtr>;

// What `{{ . }}` prints of a collection: Go's own form, or what its String method gives.
enum class Style {
  Plain,  // [a b], map[k:v], {a b}
  Json,   // as JSON: Ollama's tools and arguments
  Type,   // a JSON schema's type: a single one without brackets
};

struct Slice {
  Slice() = default;
  explicit Slice(std::vector<Value> values)
      : storage(std::make_shared<const std::vector<Value>>(std::move(values))), items(*storage) {}

  std::shared_ptr<const std::vector<Value>> storage;
  std::span<const Value> items;  // a part of the storage
  Style style = Style::Plain;
  bool is_nil = false;
};

struct Map {
  using Entry = std::pair<TextPtr, Value>;

  std::vector<Entry> entries;  // keys ascending by bytes, unless in_file_order
  Value zero = NilInterface{};
  Style style = Style::Plain;
  bool is_nil = false;
  bool in_file_order = false;

  const Value* find(std::string_view key) const;
};

// A struct of Ollama's, or a pointer to one.
struct Record {
  struct Field {
    const char* name;
    const char* json_name;
    bool omits_empty;  // left out of JSON where it is empty
    Value value;
  };

  const char* type;
  std::vector<Field> fields;
  Style style = Style::Plain;
  bool is_pointer = false;

  const Value* find(std::string_view field) const;
};

Value text_value(std::string bytes, Origin origin = Origin::Template);
Value text_value(Text text);

inline bool is_nothing(const Value& value) {
  return std::holds_alternative<Nothing>(value) || std::holds_alternative<NilInterface>(value);
}
// Nothing, or a slice or map that is nil.
bool is_nil(const Value& value);
// What `if` asks: neither false, zero, empty nor nothing.
bool is_true(const Value& value);
const Text* as_text(const Value& value);  // null if it is none

// As Go names the type: "string", "int", "[]interface {}".
std::string type_name(const Value& value);

}  // namespace bantam::gotemplate
