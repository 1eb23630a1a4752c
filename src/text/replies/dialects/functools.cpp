// FireFunction and the like: functools[…], a list of objects without an end marker.
#include "text/replies/dialect.h"

namespace bantam::replies {
namespace {

constexpr JsonForm kForm = {};

bool is_used_by(std::string_view source) { return has(source, "functools["); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<JsonCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_json_call(writer, tool, kForm);
}

}  // namespace

Dialect functools() {
  return {
      .name = "functools",
      .is_used_by = is_used_by,
      .opens = {"functools"},
      .lead_opens = {},
      .closers = {},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "functools[", .separator = ", ", .close = "]"},
      .trigger = "functools[",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
