#include "text/replies/grammar_writer.h"

#include "base/format.h"

namespace bantam::replies {

std::string gbnf_literal(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    if (c == '\n') {
      literal += "\\n";
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

std::string GrammarWriter::new_name(std::string_view stem) {
  return format("{}-{}", stem, count_++);
}

std::string GrammarWriter::add_rule(std::string_view stem, std::string_view body) {
  std::string name = new_name(stem);
  text_ += format("{} ::= {}\n", name, body);
  return name;
}

std::string GrammarWriter::add_schema(std::string_view stem, nlohmann::ordered_json schema) {
  schemas_.push_back({new_name(stem), std::move(schema)});
  return schemas_.back().name;
}

std::string GrammarWriter::add_text_until(std::string_view end) {
  const bool has_line = end.starts_with('\n');
  const bool has_slash = end.find("</") != end.npos;
  // After '<', what `end` cannot go on with; never '<' again, so that no false start hides one.
  const std::string_view other = has_slash ? (has_line ? "[^/\\n<]" : "[^/<]") : "[^|\\n<]";
  const std::string body =
      has_line ? format("([^\\n] | \"\\n\"+ ([^\\n<] | \"<\" {}))* {}", other, gbnf_literal(end))
               : format("([^<] | \"<\" {})* {}", other, gbnf_literal(end));
  return add_rule("text", body);
}

}  // namespace bantam::replies
