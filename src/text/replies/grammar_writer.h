// Writes grammars of tool calls in GBNF.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bantam::replies {

// A rule that a grammar uses and does not define: JSON text that the schema allows, without white
// space around it.
struct SchemaRule {
  std::string name;
  nlohmann::ordered_json schema;
};

// `text` as a terminal of GBNF; "" is the empty text.
std::string gbnf_literal(std::string_view text);

// Collects rules. One thread at a time.
class GrammarWriter {
 public:
  // A new rule whose name begins with `stem`; returns the name.
  std::string add_rule(std::string_view stem, std::string_view body);
  // A new rule that the schema defines.
  std::string add_schema(std::string_view stem, nlohmann::ordered_json schema);
  // Text up to `end`, which belongs to it and has a tag such as </value> or <|x|>. A little less
  // than all: "</va" or "<|x" may not stand in the text, nor a '<' right after or in their
  // beginning.
  std::string add_text_until(std::string_view end);

  const std::string& text() const { return text_; }
  const std::vector<SchemaRule>& schemas() const { return schemas_; }

 private:
  std::string new_name(std::string_view stem);

  std::string text_;
  std::vector<SchemaRule> schemas_;
  std::size_t count_ = 0;
};

}  // namespace bantam::replies
