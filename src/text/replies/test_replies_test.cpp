// What test_replies.h declares; in the test program only, hence the name.
#include "text/replies/test_replies.h"
#include "base/format.h"
#include "support/paths.h"
#include "text/jinja/test_templates.h"
#include "text/replies/dialect.h"

namespace bantam::replies::test {
namespace {

using jinja::test::Json;

std::vector<std::string> texts(const Json& value) {
  return value.is_array() ? value.get<std::vector<std::string>>() : std::vector<std::string>();
}

// The row's own literals, so that a format may view them.
ThinkingTags tags_of(const Json& tags) {
  static constexpr ThinkingTags kKnown[] = {
      {"<think>", "</think>"},
      {"[THINK]", "[/THINK]"},
      {"<|START_THINKING|>", "<|END_THINKING|>"},
      {"<seed:think>", "</seed:think>"},
      {"Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"},
      {"", "<channel|>"},
      {"", "<|end|>"},
  };
  for (const ThinkingTags& known : kKnown) {
    if (known.open == tags[0] && known.close == tags[1]) return known;
  }
  throw std::runtime_error("tags that no format has: " + tags.dump());
}

ReplyCase read_case(const Json& row) {
  ReplyCase one;
  const auto dialect = row.at("dialect").get<std::string>();
  one.name = dialect + ": " + row.at("name").get<std::string>();
  const auto control = texts(row.value("control", Json()));
  one.pieces = pieces_of(row.at("reply").get<std::string>(), control);
  if (dialect != "none") one.format.dialect = &dialect_named(dialect);
  if (row.contains("tags")) one.format.thinking = tags_of(row["tags"]);
  if (row.contains("dropped")) one.format.dropped = {"<response>", "</response>"};
  one.format.control_markers = texts(row.value("control_markers", row.value("control", Json())));
  if (!row.contains("no_tools")) one.options.tools = sample_tools();
  one.options.starts_thinking = row.contains("starts_thinking");
  one.expected.content = row.at("content");
  one.expected.thinking = row.at("thinking");
  for (const Json& call : row.at("calls")) {
    ToolCall expected;
    expected.index = one.expected.calls.size();
    expected.name = call["name"];
    expected.arguments = call["arguments"];
    one.expected.calls.push_back(std::move(expected));
  }
  return one;
}

}  // namespace

std::string ReplyCase::text() const {
  std::string all;
  for (const Piece& piece : pieces) all += piece.text;
  return all;
}

std::vector<Piece> pieces_of(std::string_view text, std::span<const std::string> control) {
  std::vector<Piece> pieces;
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) pieces.push_back({std::exchange(plain, {}), PieceKind::Text});
  };
  while (!text.empty()) {
    bool is_control = false;
    for (const std::string& token : control) {
      if (!text.starts_with(token)) continue;
      flush();
      pieces.push_back({token, PieceKind::Control});
      text.remove_prefix(token.size());
      is_control = true;
      break;
    }
    if (is_control) continue;
    plain += text.front();
    text.remove_prefix(1);
  }
  flush();
  return pieces;
}

void add(Said& said, std::vector<ReplyEvent> events) {
  for (ReplyEvent& event : events) {
    if (const auto* content = std::get_if<ContentText>(&event)) said.content += content->text;
    if (const auto* thinking = std::get_if<ThinkingText>(&event)) said.thinking += thinking->text;
    if (auto* call = std::get_if<ToolCall>(&event)) said.calls.push_back(std::move(*call));
  }
}

Said parse(const ReplyFormat& format, const ReplyOptions& options, std::span<const Piece> pieces) {
  ReplyParser parser(format, options);
  Said said;
  for (const Piece& piece : pieces) add(said, parser.push(piece.text, piece.kind));
  add(said, parser.finish());
  return said;
}

Said parse_bytes(const ReplyFormat& format, const ReplyOptions& options,
                 std::span<const Piece> pieces) {
  std::vector<Piece> bytes;
  for (const Piece& piece : pieces) {
    if (piece.kind == PieceKind::Control) {
      bytes.push_back(piece);
    } else {
      for (const char c : piece.text) bytes.push_back({std::string(1, c), PieceKind::Text});
    }
  }
  return parse(format, options, bytes);
}

std::string difference(const Said& a, const Said& b) {
  if (a.content != b.content) {
    return format("content {} and {}", quoted(a.content, 400), quoted(b.content, 400));
  }
  if (a.thinking != b.thinking) {
    return format("thinking {} and {}", quoted(a.thinking, 400), quoted(b.thinking, 400));
  }
  if (a.calls.size() != b.calls.size()) {
    return format("{} and {} calls", a.calls.size(), b.calls.size());
  }
  for (std::size_t i = 0; i < a.calls.size(); ++i) {
    const ToolCall &x = a.calls[i], &y = b.calls[i];
    if (x.name != y.name || x.arguments != y.arguments || x.index != y.index) {
      return format("call {}: {} {} and {} {}", i, x.name, x.arguments, y.name, y.arguments);
    }
  }
  return "";
}

const std::vector<Tool>& sample_tools() {
  static const std::vector<Tool> tools = read_tools(Json::parse(R"([
    {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object",
      "properties": {"city": {"type": "string"}}, "required": ["city"]}}},
    {"name": "now"},
    {"name": "set", "parameters": {"type": "object", "properties": {
      "text": {"type": "string"}, "count": {"type": "integer"}, "ratio": {"type": "number"},
      "on": {"type": "boolean"}, "list": {"type": "array"}, "object": {"type": "object"},
      "any": {}}}}
  ])"));
  return tools;
}

const std::vector<ReplyCase>& reply_cases() {
  static const std::vector<ReplyCase> cases = [] {
    std::vector<ReplyCase> read;
    for (const Json& row :
         jinja::test::read_json_lines(bantam::test::fixture("replies/cases.jsonl"))) {
      read.push_back(read_case(row));
    }
    return read;
  }();
  return cases;
}

}  // namespace bantam::replies::test
