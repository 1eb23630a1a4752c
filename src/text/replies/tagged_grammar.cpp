#include "text/replies/dialect.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;

// Plain text for strings, JSON for everything else.
std::string write_value(GrammarWriter& writer, const Json& schema, std::string_view end) {
  if (!is_string_schema(schema)) {
    return writer.add_schema("value", schema) + " " + gbnf_literal(end);
  }
  const auto values = schema.find("enum");
  if (values == schema.end() || !values->is_array()) return writer.add_text_until(end);
  std::string either;
  for (const Json& value : *values) {
    if (!value.is_string()) continue;
    either += (either.empty() ? "" : " | ") + gbnf_literal(value.get<std::string>());
  }
  return writer.add_rule("choice", either) + " " + gbnf_literal(end);
}

std::string write_line_property(GrammarWriter& writer, std::string_view key, Json schema) {
  return gbnf_literal("<parameter=" + std::string(key) + ">\n") + " " +
         write_value(writer, schema, "\n</parameter>\n");
}

std::string write_pair_property(GrammarWriter& writer, std::string_view key, Json schema) {
  return gbnf_literal("<arg_key>" + std::string(key) + "</arg_key>\n<arg_value>") + " " +
         write_value(writer, schema, "</arg_value>\n");
}

}  // namespace

std::string write_tagged_call(GrammarWriter& writer, const Tool& tool, const TagForm& form,
                              const CallFrame& frame) {
  const std::string open = std::string(frame.open) + std::string(form.before_name) + tool.name +
                           (form.value_has_lines ? ">\n" : "\n");
  const auto property = form.value_has_lines ? write_line_property : write_pair_property;
  return gbnf_literal(open) + " " + write_properties(writer, tool.parameters, "", property) + " " +
         gbnf_literal(std::string(form.end) + std::string(frame.close));
}

}  // namespace bantam::replies
