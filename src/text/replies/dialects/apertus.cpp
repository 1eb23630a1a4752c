// Apertus: <|tools_prefix|>[{"NAME": {arguments}}]<|tools_suffix|>.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {.name_is_key = true};

bool is_used_by(std::string_view source) { return has(source, "<|tools_prefix|>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect apertus() {
  return {
      .name = "apertus",
      .is_used_by = is_used_by,
      .opens = {"<|tools_prefix|>"},
      .lead_opens = {},
      .closers = {"<|tools_suffix|>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "<|tools_prefix|>[", .separator = ", ", .close = "]<|tools_suffix|>"},
      .trigger = "<|tools_prefix|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
