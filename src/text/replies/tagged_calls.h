// Calls whose arguments stand one by one between tags, as plain text.
#pragma once

#include <optional>

#include "text/replies/block_reader.h"
#include "text/replies/grammar_writer.h"

namespace bantam::replies {

struct TagForm {
  std::string_view before_name;  // after the marker; the marker itself may end with it
  std::string_view after_name;   // any of these characters
  std::string_view before_key, after_key;
  std::string_view before_value, after_value;  // before_value may be empty
  std::string_view end;                        // of the call
  bool value_has_lines = false;                // one line break on each side belongs to the tags
};

// The JSON that `text` stands for where `schema` (of one property; may be null) is expected: a
// string if it allows strings alone or the text is no JSON that fits, else the text's own value.
std::string json_of_plain_text(std::string_view text, const nlohmann::ordered_json* schema);
// The schema of one property, null if the tool does not state it. Views the tool.
const nlohmann::ordered_json* schema_of(const Tool& tool, std::string_view property);
// Whether a schema allows nothing but strings.
bool is_string_schema(const nlohmann::ordered_json& schema);

// What stands around a call besides its tags.
struct CallFrame {
  std::string_view open, close;
};
// A GBNF expression for a call of this form.
std::string write_tagged_call(GrammarWriter& writer, const Tool& tool, const TagForm& form,
                              const CallFrame& frame);

// The marker and one call. A key twice, or one that is no JSON text, is no call.
class TaggedCallReader : public BlockReader {
 public:
  TaggedCallReader(std::string_view marker, std::span<const Tool> tools, const TagForm& form);
  BlockProgress read(std::string_view text, bool is_last) override;

 private:
  enum class Part { BeforeName, Name, KeyOrEnd, Key, BeforeValue, Value };
  enum class Step { Next, Wait, Done, Failed };

  Step step(std::string_view text);
  Step take_name(std::string_view text);
  Step take_key_or_end(std::string_view text);
  Step take_value(std::string_view text);
  // Takes white space and then `word`.
  Step take_word(std::string_view text, std::string_view word, Part next);
  void add_argument(std::string_view value);

  std::span<const Tool> tools_;
  TagForm form_;
  const Tool* tool_ = nullptr;
  std::size_t offset_;        // everything before is understood
  std::size_t searched_ = 0;  // and up to here there is no end of the value
  Part part_ = Part::BeforeName;
  std::string key_;
  std::string arguments_ = "{";
  std::vector<std::string> keys_;
};

}  // namespace bantam::replies
