// GigaChat 3: <|function_call|> and one object.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "<|function_call|>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm, "<|function_call|>", "");
}

}  // namespace

Dialect gigachat() {
  return {
      .name = "gigachat",
      .is_used_by = is_used_by,
      .opens = {"<|function_call|>"},
      .lead_opens = {},
      .closers = {},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "", .close = ""},
      .trigger = "<|function_call|>",
      .is_single = true,
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
