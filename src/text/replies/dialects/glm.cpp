// GLM 4.5 and later, Laguna:
// <tool_call>NAME<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>.
#include "text/replies/dialect.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

constexpr TagForm kForm = {
    .before_name = "",
    .after_name = "\n<",
    .before_key = "<arg_key>",
    .after_key = "</arg_key>",
    .before_value = "<arg_value>",
    .after_value = "</arg_value>",
    .end = "</tool_call>",
};

bool is_used_by(std::string_view source) { return has(source, "<arg_key>"); }

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<TaggedCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_tagged_call(writer, tool, kForm, {.open = "<tool_call>", .close = ""});
}

}  // namespace

Dialect glm() {
  return {
      .name = "glm",
      .is_used_by = is_used_by,
      .opens = {"<tool_call>"},
      .lead_opens = {},
      .closers = {},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "\n", .close = ""},
      .trigger = "<tool_call>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
