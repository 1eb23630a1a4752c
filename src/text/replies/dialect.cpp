#include "text/replies/dialect.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/format.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;

// Keywords that may speak of properties that "properties" does not list.
constexpr std::array kOthers = {"additionalProperties",
                                "unevaluatedProperties",
                                "patternProperties",
                                "propertyNames",
                                "minProperties",
                                "maxProperties",
                                "allOf",
                                "anyOf",
                                "oneOf",
                                "not",
                                "if",
                                "$ref",
                                "dependentRequired",
                                "dependentSchemas"};

// A part of a schema as a document of its own: references still find what they name.
Json with_definitions(Json schema, const Json& whole) {
  if (!schema.is_object()) return schema;
  for (const char* key : {"$defs", "definitions"}) {
    if (whole.contains(key) && !schema.contains(key)) schema[key] = whole[key];
  }
  return schema;
}

bool is_required(const Json& object, std::string_view key) {
  const auto required = object.find("required");
  if (required == object.end() || !required->is_array()) return false;
  return std::find(required->begin(), required->end(), key) != required->end();
}

// Where a schema lists properties and says nothing of others, a grammar leaves others out: models
// would invent some.
Json closed(Json schema) {
  const bool is_plain = schema.contains("properties") &&
                        std::none_of(kOthers.begin(), kOthers.end(),
                                     [&](const char* key) { return schema.contains(key); });
  if (is_plain) schema["additionalProperties"] = false;
  return schema;
}

}  // namespace

std::span<const Dialect> dialects() {
  static const std::vector<Dialect> all = {
      harmony(),      gemma(),        deepseek_r1(),
      deepseek_v3(),  kimi(),         cohere(),
      apertus(),      lfm(),          mistral_arguments(),
      mistral_list(), functools(),    phi(),
      granite(),      gigachat(),     tool_calls_tag(),
      seed_tags(),    qwen_tags(),    glm(),
      hermes(),       function_tag(), llama(),
  };
  return all;
}

const Dialect& dialect_named(std::string_view name) {
  for (const Dialect& dialect : dialects()) {
    if (dialect.name == name) return dialect;
  }
  throw Error(ErrorCode::NotFound,
              format("tool dialect: found {}, expected a name that dialects() lists",
                     bantam::quoted(name)));
}

std::string write_json_call(GrammarWriter& writer, const Tool& tool, const JsonForm& form,
                            std::string_view before, std::string_view after) {
  std::string head = std::string(before) + "{";
  if (form.name_is_key) {
    head += json_string(tool.name) + ": ";
  } else {
    head += format("{}: {}, {}: ", json_string(form.name_key), json_string(tool.name),
                   json_string(form.arguments_key));
  }
  return format("{} {} {}", gbnf_literal(head),
                writer.add_schema("arguments", closed(tool.parameters)),
                gbnf_literal("}" + std::string(after)));
}

std::string write_header_call(GrammarWriter& writer, const Tool& tool, const HeaderForm& form) {
  return format("{} {} {}",
                gbnf_literal(std::string(form.before) + tool.name + std::string(form.between)),
                writer.add_schema("arguments", closed(tool.parameters)), gbnf_literal(form.after));
}

std::string write_properties(GrammarWriter& writer, const Json& object, std::string_view separator,
                             WriteProperty write_property) {
  const auto properties = object.find("properties");
  if (properties == object.end() || !properties->is_object() || properties->empty()) {
    return gbnf_literal("");
  }
  // tail: what may follow when something was written before; head: when nothing was.
  const std::string comma = gbnf_literal(separator);
  std::string tail = gbnf_literal(""), head = gbnf_literal("");
  const auto add = [&](const std::string& key, const Json& schema) {
    const std::string rule =
        writer.add_rule("property", write_property(writer, key, with_definitions(schema, object)));
    const bool must = is_required(object, key);
    const std::string first = format("{} {}", rule, tail);
    head = writer.add_rule("head", must ? first : format("{} | {}", first, head));
    const std::string next = format("{} {} {}", comma, rule, tail);
    tail = writer.add_rule("tail", must ? next : format("{} | {}", next, tail));
  };
  for (auto property = properties->rbegin(); property != properties->rend(); ++property) {
    add(property.key(), property.value());
  }
  return head;
}

}  // namespace bantam::replies
