#include "serve/output_format.h"

#include "text/json.h"

namespace bantam::serve {
namespace {

using library::OutputFormat;
using Kind = OutputFormat::Kind;

// A schema as an object, or as the text of one.
OutputFormat schema_of(const Fields& fields, std::string_view name) {
  const Json& schema = *fields.find(name);
  if (schema.is_string()) return {Kind::JsonSchema, schema.get<std::string>()};
  if (!schema.is_object() && !schema.is_boolean()) fields.fail(name, "a JSON Schema");
  return {Kind::JsonSchema, json_text(schema)};
}

std::optional<OutputFormat> response_format(const Fields& request) {
  const auto wanted = request.object("response_format");
  if (!wanted) return std::nullopt;
  const std::string type = wanted->text("type");
  if (type == "text") return std::nullopt;
  if (type == "json_object") {
    // llama.cpp's clients put a schema beside it.
    if (wanted->has("schema")) return schema_of(*wanted, "schema");
    return OutputFormat{Kind::JsonObject, ""};
  }
  if (type != "json_schema") wanted->fail("type", "text, json_object or json_schema");
  const auto stated = wanted->object("json_schema");
  if (!stated || !stated->has("schema")) wanted->fail("json_schema", "an object with a schema");
  return schema_of(*stated, "schema");
}

// One of some texts.
OutputFormat choice_of(const Fields& fields) {
  constexpr std::size_t kChoicesMax = 4096;
  std::string grammar = "root ::= ";
  for (const std::string& text : fields.texts("choice", kChoicesMax)) {
    if (!grammar.ends_with("= ")) grammar += " | ";
    grammar += json_text(Json(text));
  }
  return {Kind::Gbnf, grammar};
}

std::optional<OutputFormat> structured_outputs(const Fields& request) {
  const auto wanted = request.object("structured_outputs");
  if (!wanted) return std::nullopt;
  if (wanted->has("json")) return schema_of(*wanted, "json");
  if (wanted->has("regex")) return OutputFormat{Kind::Regex, wanted->text("regex")};
  if (wanted->has("grammar")) return OutputFormat{Kind::Gbnf, wanted->text("grammar")};
  if (wanted->has("choice")) return choice_of(*wanted);
  request.fail("structured_outputs", "json, regex, grammar or choice");
}

}  // namespace

std::optional<OutputFormat> read_ollama_format(const Fields& request) {
  const Json* format = request.find("format");
  if (format == nullptr || *format == "") return std::nullopt;
  if (*format == "json") return OutputFormat{Kind::JsonObject, ""};
  if (!format->is_object()) request.fail("format", "\"json\" or a JSON Schema");
  return schema_of(request, "format");
}

std::optional<OutputFormat> read_openai_format(const Fields& request) {
  std::optional<OutputFormat> format = response_format(request);
  const auto add = [&](std::string_view name, std::optional<OutputFormat> other) {
    if (!other) return;
    if (format) request.fail(name, "nothing beside another format");
    format = std::move(other);
  };
  add("structured_outputs", structured_outputs(request));
  if (request.has("grammar")) add("grammar", OutputFormat{Kind::Gbnf, request.text("grammar")});
  if (request.has("json_schema")) add("json_schema", schema_of(request, "json_schema"));
  return format;
}

}  // namespace bantam::serve
