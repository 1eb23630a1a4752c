// Functionary 3.1 and prompts for Llama 3.1: <function=NAME>{…}</function>.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

bool is_used_by(std::string_view source) {
  return has(source, "<function=") && has(source, "</function>");
}

std::optional<std::string_view> name_of(std::string_view header) {
  const std::string_view name = trimmed(header);
  if (!name.ends_with('>')) return std::nullopt;
  return trimmed(name.substr(0, name.size() - 1));
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<HeaderCallReader>(marker, tools, name_of);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_header_call(writer, tool, {"<function=", ">", "</function>"});
}

}  // namespace

Dialect function_tag() {
  return {
      .name = "function_tag",
      .is_used_by = is_used_by,
      .opens = {"<function="},
      .lead_opens = {},
      .closers = {"</function>"},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "\n", .close = ""},
      .trigger = "<function=",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
