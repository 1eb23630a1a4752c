// Granite 3: <|tool_call|> and a list of objects.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "<|tool_call|>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect granite() {
  return {
      .name = "granite",
      .is_used_by = is_used_by,
      .opens = {"<|tool_call|>"},
      .lead_opens = {},
      .closers = {"<|/tool_call|>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "<|tool_call|>[", .separator = ", ", .close = "]"},
      .trigger = "<|tool_call|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
