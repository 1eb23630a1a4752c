#include "text/grammar/schema_parts.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/format.h"
#include "text/grammar/limits.h"

namespace bantam::grammar {
namespace {

constexpr std::size_t kPartsMax = 200;  // that describe one value together

const std::unordered_set<std::string_view>& enforced_keywords() {
  static const std::unordered_set<std::string_view> words{"$ref",
                                                          "$defs",
                                                          "definitions",
                                                          "type",
                                                          "enum",
                                                          "const",
                                                          "anyOf",
                                                          "oneOf",
                                                          "allOf",
                                                          "nullable",
                                                          "properties",
                                                          "required",
                                                          "additionalProperties",
                                                          "patternProperties",
                                                          "minProperties",
                                                          "maxProperties",
                                                          "items",
                                                          "prefixItems",
                                                          "minItems",
                                                          "maxItems",
                                                          "uniqueItems",
                                                          "minLength",
                                                          "maxLength",
                                                          "pattern",
                                                          "format",
                                                          "minimum",
                                                          "maximum",
                                                          "exclusiveMinimum",
                                                          "exclusiveMaximum",
                                                          "multipleOf"};
  return words;
}

// Keywords that say nothing about which values are valid.
const std::unordered_set<std::string_view>& annotations() {
  static const std::unordered_set<std::string_view> words{
      "$schema",         "$id",           "$anchor",      "$comment",
      "$vocabulary",     "title",         "description",  "default",
      "example",         "examples",      "deprecated",   "readOnly",
      "writeOnly",       "strict",        "externalDocs", "contentMediaType",
      "contentEncoding", "discriminator", "xml"};
  return words;
}

// A step of a JSON pointer (RFC 6901) inside a URI fragment.
std::string unescaped(std::string_view step) {
  std::string text;
  for (std::size_t i = 0; i < step.size(); ++i) {
    unsigned value = 0;
    if (step[i] == '%' && i + 2 < step.size() &&
        std::from_chars(step.data() + i + 1, step.data() + i + 3, value, 16).ptr ==
            step.data() + i + 3) {
      text += static_cast<char>(value);
      i += 2;
    } else if (step[i] == '~' && i + 1 < step.size()) {
      text += step[++i] == '1' ? '/' : '~';
    } else {
      text += step[i];
    }
  }
  return text;
}

}  // namespace

struct SchemaDocument::Following {
  SchemaParts parts;
  std::unordered_map<const JsonValue*, std::uint8_t> chosen;  // of the parts
  std::unordered_set<const JsonValue*> path;                  // schemas that are being followed
  bool is_never = false;
};

bool SchemaDocument::find_path(const JsonValue& from, const JsonValue& to,
                               std::string& path) const {
  if (&from == &to) return true;
  for (std::size_t i = 0; i < from.items.size(); ++i) {  // as deep as the document: kDepthMax
    const std::size_t size = path.size();
    path += '/';
    path += from.is_object() ? from.keys[i] : to_text(i);
    if (find_path(from.items[i], to, path)) return true;
    path.resize(size);
  }
  return false;
}

void SchemaDocument::fail(const JsonValue& at, std::string_view message) const {
  std::string path = "#";
  find_path(root_, at, path);
  std::string shown = quoted(path, 200);
  throw Error(ErrorCode::BadInput,
              format("JSON schema: {}: {}", shown.substr(1, shown.size() - 2), message));
}

void SchemaDocument::check_keywords(const JsonValue& schema) const {
  for (const std::string& key : schema.keys) {
    if (enforced_keywords().contains(key) || annotations().contains(key)) continue;
    if (key.starts_with("x-")) continue;
    fail(schema,
         format("the keyword {} is not supported; leave it out, or say the same with others "
                "(docs/structured_output.md lists them)",
                quoted(key)));
  }
}

const JsonValue& SchemaDocument::target_of(const JsonValue& schema,
                                           std::string_view reference) const {
  const auto fail_reference = [&](std::string_view reason) {
    fail(schema, format("$ref: found {}, {}", quoted(reference), reason));
  };
  if (reference != "#" && !reference.starts_with("#/")) {
    fail_reference("expected a path inside the schema like \"#/$defs/name\"");
  }
  const JsonValue* at = &root_;
  std::string_view rest = reference.substr(1);
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the slash
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string step = unescaped(rest.substr(0, end));
    rest.remove_prefix(end);
    const JsonValue* next = nullptr;
    if (at->is_object()) {
      next = at->find(step);
    } else if (at->is_array()) {
      std::size_t index = 0;
      const auto [last, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool is_index = error == std::errc() && last == step.data() + step.size();
      if (is_index && index < at->items.size()) next = &at->items[index];
    }
    if (next == nullptr) fail_reference("which is not there");
    at = next;
  }
  return *at;
}

void SchemaDocument::follow(const JsonValue& schema, Following& state, int depth) const {
  if (schema.kind == JsonValue::Kind::True) return;
  if (schema.kind == JsonValue::Kind::False) {
    state.is_never = true;
    return;
  }
  if (!schema.is_object()) fail(schema, "found no schema, expected an object, true or false");
  if (state.path.contains(&schema)) {
    fail(schema, "refers to itself without describing anything in between");
  }
  if (const auto known = state.chosen.find(&schema); known != state.chosen.end()) {
    if (known->second == 0) return;
    fail(schema,
         "one of its alternatives refers back to it without describing anything in between");
  }
  if (depth > limits::kDepthMax) {
    fail(schema, format("references lead deeper than {} levels", limits::kDepthMax));
  }
  if (state.parts.size() >= kPartsMax) {
    fail(schema, format("more than {} schemas describe one value together", kPartsMax));
  }
  check_keywords(schema);
  state.path.insert(&schema);
  state.chosen.emplace(&schema, 0);
  state.parts.push_back({&schema, 0, true});
  if (const JsonValue* reference = schema.find("$ref")) {
    if (!reference->is_string()) fail(schema, "$ref: expected a string");
    follow(target_of(schema, reference->text), state, depth + 1);
  }
  if (const JsonValue* all = schema.find("allOf")) {
    if (!all->is_array() || all->items.empty()) fail(schema, "allOf: expected a list of schemas");
    for (const JsonValue& each : all->items) follow(each, state, depth + 1);
  }
  state.path.erase(&schema);
}

SchemaParts SchemaDocument::followed(const SchemaParts& parts, bool& is_never) const {
  Following state;
  for (const SchemaPart& part : parts) {
    if (!part.is_followed) continue;
    state.parts.push_back(part);
    state.chosen.emplace(part.schema, part.chosen);
  }
  for (const SchemaPart& part : parts) {
    if (!part.is_followed) follow(*part.schema, state, 0);
  }
  is_never = state.is_never;
  return state.parts;
}

}  // namespace bantam::grammar
