// Qwen3-Coder, Qwen3.5, Nemotron 3, Step:
// <tool_call><function=NAME><parameter=KEY>value</parameter></function></tool_call>.
#include "text/replies/dialect.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

constexpr TagForm kForm = {
    .before_name = "<function=",
    .after_name = ">",
    .before_key = "<parameter=",
    .after_key = ">",
    .before_value = "",
    .after_value = "</parameter>",
    .end = "</function>",
    .value_has_lines = true,
};

bool is_used_by(std::string_view source) {
  return has(source, "<tool_call>") && has(source, "<function=") && has(source, "<parameter=");
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<TaggedCallReader>(marker, tools, kForm);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_tagged_call(writer, tool, kForm,
                           {.open = "<tool_call>\n", .close = "\n</tool_call>"});
}

}  // namespace

Dialect qwen_tags() {
  return {
      .name = "qwen_tags",
      .is_used_by = is_used_by,
      .opens = {"<tool_call>", "<function="},
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
