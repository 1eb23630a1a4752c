// JSON Schema: the parts that together describe a value, with references followed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/grammar/json_tree.h"

namespace bantam::grammar {

// One schema among several that must all hold.
struct SchemaPart {
  const JsonValue* schema;   // an object, or true or false until it is followed
  std::uint8_t chosen = 0;   // of its lists of alternatives, those from which one was taken
  bool is_followed = false;  // its references are in the list already
  auto operator<=>(const SchemaPart&) const = default;
};
using SchemaParts = std::vector<SchemaPart>;

inline constexpr std::uint8_t kAnyOf = 1, kOneOf = 2;

// A document of JSON Schema, draft 2020-12. Views the tree, which outlives it. Any thread.
class SchemaDocument {
 public:
  explicit SchemaDocument(const JsonValue& root) : root_(root) {}
  const JsonValue& root() const { return root_; }

  // The parts and all that they refer to by $ref and allOf, each once; empty: anything goes.
  // `is_never` is set where one of them is `false`. Throws Error{BadInput} for keywords that are
  // not supported and references that are not there or lead back to themselves.
  SchemaParts followed(const SchemaParts& parts, bool& is_never) const;

  // Throws Error{BadInput}: "JSON schema: #/path: …".
  [[noreturn]] void fail(const JsonValue& at, std::string_view message) const;

 private:
  struct Following;
  void follow(const JsonValue& schema, Following& state, int depth) const;
  void check_keywords(const JsonValue& schema) const;
  const JsonValue& target_of(const JsonValue& schema, std::string_view reference) const;
  bool find_path(const JsonValue& from, const JsonValue& to, std::string& path) const;

  const JsonValue& root_;
};

}  // namespace bantam::grammar
