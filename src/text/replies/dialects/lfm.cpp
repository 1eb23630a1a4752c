// LFM2: <|tool_call_start|>[name(key="value", …), …]<|tool_call_end|>, calls as in Python.
#include "text/replies/closed_calls.h"
#include "text/replies/dialect.h"
#include "text/replies/literals.h"

namespace bantam::replies {
namespace {

constexpr std::string_view kClose = "<|tool_call_end|>";

bool is_used_by(std::string_view source) { return has(source, "<|tool_list_start|>"); }

std::optional<std::vector<ReadCall>> read_calls(std::string_view text,
                                                std::span<const Tool> tools) {
  LiteralReader reader(text, {});
  std::vector<ReadCall> calls;
  const bool is_list = reader.take('[');
  do {
    const std::string_view name = reader.name();
    ReadCall call{std::string(name), ""};
    if (!find_tool(tools, name) || !reader.take('(') || !reader.members('=', ')', call.arguments)) {
      return std::nullopt;
    }
    calls.push_back(std::move(call));
  } while (is_list && reader.take(','));
  if ((is_list && !reader.take(']')) || !reader.is_at_end()) return std::nullopt;
  return calls;
}

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  return std::make_unique<ClosedCallReader>(marker, tools, kClose, read_calls);
}

// Values in JSON, which reads as Python but for true, false and null.
std::string write_property(GrammarWriter& writer, std::string_view key,
                           nlohmann::ordered_json schema) {
  return gbnf_literal(std::string(key) + "=") + " " + writer.add_schema("value", std::move(schema));
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return gbnf_literal(tool.name + "(") + " " +
         write_properties(writer, tool.parameters, ", ", write_property) + " \")\"";
}

}  // namespace

Dialect lfm() {
  return {
      .name = "lfm",
      .is_used_by = is_used_by,
      .opens = {"<|tool_call_start|>"},
      .lead_opens = {},
      .closers = {kClose},
      .punctuation = {},
      .make_reader = make_reader,
      .sequence = {.open = "<|tool_call_start|>[",
                   .separator = ", ",
                   .close = "]<|tool_call_end|>"},
      .trigger = "<|tool_call_start|>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
