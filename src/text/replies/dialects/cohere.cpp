// Command R7B: <|START_ACTION|>[{"tool_call_id": …, "tool_name": …, "parameters":
// …}]<|END_ACTION|>.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {.name_key = "tool_name", .arguments_key = "parameters"};

bool is_used_by(std::string_view source) { return has(source, "<|START_ACTION|>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect cohere() {
  return {
      .name = "cohere",
      .is_used_by = is_used_by,
      .opens = {"<|START_ACTION|>"},
      .lead_opens = {},
      .closers = {"<|END_ACTION|>"},
      .punctuation = {"<|START_RESPONSE|>", "<|END_RESPONSE|>"},
      .make_reader = make_reader,
      .sequence = {.open = "<|START_ACTION|>[", .separator = ", ", .close = "]<|END_ACTION|>"},
      .trigger = "<|START_ACTION|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
