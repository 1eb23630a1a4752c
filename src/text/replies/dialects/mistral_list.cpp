// Mistral up to Small 3.1: [TOOL_CALLS] and a list of objects, each with an id.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) {
  return has(source, "[TOOL_CALLS]") && !has(source, "[ARGS]");
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect mistral_list() {
  return {
      .name = "mistral_list",
      .is_used_by = is_used_by,
      .opens = {"[TOOL_CALLS]"},
      .lead_opens = {},
      .closers = {},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "[TOOL_CALLS][", .separator = ", ", .close = "]"},
      .trigger = "[TOOL_CALLS]",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
