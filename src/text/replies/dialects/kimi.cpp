// Kimi K2: <|tool_call_begin|>functions.NAME:INDEX<|tool_call_argument_begin|>{…}<|tool_call_end|>
// in a section.
#include "text/replies/dialect.h"
#include "text/replies/header_calls.h"

namespace bantam::replies {
namespace {

bool is_used_by(std::string_view source) { return has(source, "<|tool_call_argument_begin|>"); }

std::optional<std::string_view> name_of(std::string_view header) {
  constexpr std::string_view kEnd = "<|tool_call_argument_begin|>", kSpaceOfNames = "functions.";
  header = trimmed(header);
  if (!header.ends_with(kEnd)) return std::nullopt;
  header = trimmed(header.substr(0, header.size() - kEnd.size()));
  if (header.starts_with(kSpaceOfNames)) header.remove_prefix(kSpaceOfNames.size());
  return header.substr(0, header.rfind(':'));
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<HeaderCallReader>(marker, tools, name_of);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return write_header_call(writer, tool,
                           {.before = "<|tool_call_begin|>functions.",
                            .between = ":0<|tool_call_argument_begin|>",
                            .after = "<|tool_call_end|>"});
}

}  // namespace

Dialect kimi() {
  return {
      .name = "kimi",
      .is_used_by = is_used_by,
      .opens = {"<|tool_call_begin|>"},
      .lead_opens = {},
      .closers = {"<|tool_call_end|>", "<|tool_calls_section_end|>"},
      .punctuation = {"<|tool_calls_section_begin|>"},
      .inner = {"<|tool_call_argument_begin|>"},
      .make_reader = make_reader,
      .sequence = {.open = "<|tool_calls_section_begin|>",
                   .separator = "",
                   .close = "<|tool_calls_section_end|>"},
      .trigger = "<|tool_calls_section_begin|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
