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
  const std::size_t tag = end.find('<');
  // `rest` after the second byte of the tag: all but the third, or its beginning.
  const auto but = [](char c) { return format("[^{}<]", std::string_view(&c, 1)); };
  std::string rest = but(end[tag + 2]);
  if (end[tag + 1] == '/') {
    rest = format("({} | {} {})", rest, gbnf_literal(end.substr(tag + 2, 1)), but(end[tag + 3]));
  }
  return add_rule("text", format("([^<] | \"<\"+ ({} | {} {}))* {}", but(end[tag + 1]),
                                 gbnf_literal(end.substr(tag + 1, 1)), rest, gbnf_literal(end)));
}

}  // namespace bantam::replies
