// Gemma 4: <|tool_call>call:NAME{key:value,…}<tool_call|> with strings between <|"|>, and thinking
// in
// <|channel>thought … <channel|>.
#include <algorithm>

#include "text/replies/closed_calls.h"
#include "text/replies/dialect.h"
#include "text/replies/literals.h"
#include "text/replies/tagged_calls.h"

namespace bantam::replies {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kClose = "<tool_call|>", kQuote = "<|\"|>", kChannel = "<|channel>";

bool is_used_by(std::string_view source) { return has(source, "<|tool_call>"); }

std::optional<std::vector<ReadCall>> read_calls(std::string_view text,
                                                std::span<const Tool> tools) {
  LiteralReader reader(text, {.quote = kQuote, .has_bare_keys = true});
  if (!reader.take("call:")) return std::nullopt;
  ReadCall call{std::string(reader.name()), ""};
  if (!find_tool(tools, call.name) || !reader.take('{') ||
      !reader.members(':', '}', call.arguments) || !reader.is_at_end()) {
    return std::nullopt;
  }
  return std::vector<ReadCall>{std::move(call)};
}

// A channel's name and a line break; thinking follows.
class ChannelReader : public BlockReader {
 public:
  BlockProgress read(std::string_view text, bool) override {
    constexpr std::string_view kName = "thought";
    const Match match = match_at(text, kChannel.size(), kName);
    if (match == Match::Maybe) return {};
    if (match == Match::No) return failed_at(kChannel.size());
    return {.state = BlockProgress::State::Done,
            .consumed = kChannel.size() + kName.size(),
            .calls = {},
            .thinking_follows = true};
  }
};

std::unique_ptr<BlockReader> make_reader(std::string_view marker, std::span<const Tool> tools) {
  if (marker == kChannel) return std::make_unique<ChannelReader>();
  return std::make_unique<ClosedCallReader>(marker, tools, kClose, read_calls);
}

std::string write_value(GrammarWriter& writer, const Json& schema);

std::string write_property(GrammarWriter& writer, std::string_view key, Json schema) {
  return gbnf_literal(std::string(key) + ":") + " " + write_value(writer, schema);
}

std::string write_string(GrammarWriter& writer, const Json& schema) {
  const auto values = schema.find("enum");
  if (values == schema.end() || !values->is_array()) {
    return gbnf_literal(kQuote) + " " + writer.add_text_until(kQuote);
  }
  std::string either;
  for (const Json& value : *values) {
    if (!value.is_string()) continue;
    const std::string text = std::string(kQuote) + value.get<std::string>() + std::string(kQuote);
    either += (either.empty() ? "" : " | ") + gbnf_literal(text);
  }
  return writer.add_rule("choice", either);
}

// Strings, lists and objects have their own notation; everything else is JSON.
std::string write_value(GrammarWriter& writer, const Json& schema) {
  if (is_string_schema(schema)) return write_string(writer, schema);
  const auto type = schema.is_object() ? schema.find("type") : schema.end();
  if (schema.is_object() && type != schema.end() && *type == "object") {
    return "\"{\" " + write_properties(writer, schema, ",", write_property) + " \"}\"";
  }
  if (schema.is_object() && type != schema.end() && *type == "array") {
    const std::string item =
        writer.add_rule("item", write_value(writer, schema.value("items", Json::object())));
    return "\"[\" (" + item + " (\",\" " + item + ")*)? \"]\"";
  }
  return writer.add_schema("value", schema);
}

std::string write_call(GrammarWriter& writer, const Tool& tool) {
  return gbnf_literal("<|tool_call>call:" + tool.name + "{") + " " +
         write_properties(writer, tool.parameters, ",", write_property) + " \"}<tool_call|>\"";
}

}  // namespace

Dialect gemma() {
  return {
      .name = "gemma",
      .is_used_by = is_used_by,
      .opens = {"<|tool_call>", kChannel},
      .lead_opens = {},
      .closers = {kClose},
      .punctuation = {},
      .inner = {kQuote},
      .opens_thinking = true,
      .make_reader = make_reader,
      .sequence = {.open = "", .separator = "", .close = ""},
      .trigger = "<|tool_call>",
      .write_call = write_call,
  };
}

}  // namespace bantam::replies
