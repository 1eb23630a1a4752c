// Hermes, Qwen 2.5 and 3, Granite 4, SmolLM3 and many more: <tool_call>{"name": …, "arguments":
// …}</tool_call>.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "<tool_call>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm, "<tool_call>\n", "\n</tool_call>");
}

}  // namespace

Dialect hermes() {
  return {
      .name = "hermes",
      .is_used_by = is_used_by,
      .opens = {"<tool_call>"},
      .lead_opens = {},
      .closers = {"</tool_call>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "\n", .close = ""},
      .trigger = "<tool_call>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
