// Mistral from Small 3.2 on, Devstral, Ministral 3: [TOOL_CALLS]NAME[ARGS]{…}, with [CALL_ID] in
// between or not.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

bool is_used_by(std::string_view source) { return has(source, "[ARGS]"); }

// "NAME[ARGS]", "NAME[CALL_ID]ID[ARGS]" or "NAME".
std::optional<std::string_view> name_of(std::string_view header) {
  return trimmed(header.substr(0, header.find('[')));
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<HeaderCallReader>(marker, tools, name_of);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_header_call(writer, tool, {"[TOOL_CALLS]", "[ARGS]", ""});
}

}  // namespace

Dialect mistral_arguments() {
  return {
      .name = "mistral_arguments",
      .is_used_by = is_used_by,
      .opens = {"[TOOL_CALLS]"},
      .lead_opens = {},
      .closers = {},
      .punctuation = {},
      .inner = {"[ARGS]", "[CALL_ID]"},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "", .close = ""},
      .trigger = "[TOOL_CALLS]",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
