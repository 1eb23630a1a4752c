// Any bytes as a reply in any dialect: the first byte chooses it, the second where the text is cut.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "text/replies/dialect.h"
#include "text/replies/reply_parser.h"

namespace {

using namespace bantam::replies;

const std::vector<Tool>& tools() {
  static const std::vector<Tool> all = read_tools(nlohmann::ordered_json::parse(
      R"([{"name": "a", "parameters": {"properties": {"s": {"type": "string"}}}}, {"name": "b"}])"));
  return all;
}

// Everything that was said, with calls as "name arguments".
std::string said(const ReplyFormat& format, std::string_view text, std::size_t piece) {
  std::string content, thinking, calls;
  const auto take = [&](const std::vector<ReplyEvent>& events) {
    for (const ReplyEvent& event : events) {
      if (const auto* c = std::get_if<ContentText>(&event)) content += c->text;
      if (const auto* t = std::get_if<ThinkingText>(&event)) thinking += t->text;
      if (const auto* call = std::get_if<ToolCall>(&event)) {
        BANTAM_CHECK(find_tool(tools(), call->name), "a call names a tool");
        BANTAM_CHECK(is_json(call->arguments), "arguments are JSON");
        calls += call->name + " " + call->arguments + "\n";
      }
    }
  };
  ReplyParser parser(format, {.tools = tools()});
  for (std::size_t i = 0; i < text.size(); i += piece) take(parser.push(text.substr(i, piece)));
  take(parser.finish());
  BANTAM_CHECK(content.size() + thinking.size() <= text.size(), "nothing is said twice");
  return content + "\n" + thinking + "\n" + calls;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  ReplyFormat format;
  format.dialect = &dialects()[data[0] % dialects().size()];
  format.thinking = ThinkingTags{"<think>", "</think>"};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = said(format, text, std::max<std::size_t>(1, text.size()));
  BANTAM_CHECK(said(format, text, 1 + data[1] % 16) == whole, "cuts change nothing");
  return 0;
}
