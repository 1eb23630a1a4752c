// Llama 3.1 to 3.3: the reply is an object {"name": …, "parameters": …}, maybe after
// <|python_tag|>.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {.arguments_key = "parameters", .is_bare = true};

bool is_used_by(std::string_view source) {
  return has(source, "Respond in the format {\"name\": function name, \"parameters\": ") ||
         has(source, "{\"name\": \"{{ .Function.Name }}\", \"parameters\": ");
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  // The brace that opens a block belongs to its JSON.
  return std::make_unique<JsonCallReader>(marker == "{" ? "" : marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect llama() {
  return {
      .name = "llama",
      .is_used_by = is_used_by,
      .opens = {"<|python_tag|>"},
      .lead_opens = {"{"},
      .closers = {";", ","},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "; ", .close = ""},
      .trigger = "{\"name\": ",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
