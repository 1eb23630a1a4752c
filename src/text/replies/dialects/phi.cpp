// Phi-4-mini: tools between <|tool|> tags, calls as <|tool_call|>[…]<|/tool_call|>, or
// functools[…].
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "<|/tool|>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect phi() {
  return {
      .name = "phi",
      .is_used_by = is_used_by,
      .opens = {"<|tool_call|>", "functools"},
      .lead_opens = {},
      .closers = {"<|/tool_call|>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "<|tool_call|>[", .separator = ", ", .close = "]<|/tool_call|>"},
      .trigger = "<|tool_call|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
