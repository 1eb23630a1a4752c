// Apriel: <tool_calls>[…]</tool_calls>, a list of objects.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "<tool_calls>["); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect tool_calls_tag() {
  return {
      .name = "tool_calls",
      .is_used_by = is_used_by,
      .opens = {"<tool_calls>"},
      .lead_opens = {},
      .closers = {"</tool_calls>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "<tool_calls>[", .separator = ", ", .close = "]</tool_calls>"},
      .trigger = "<tool_calls>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
