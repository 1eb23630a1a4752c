#include "serve/messages.h"

#include <algorithm>

#include "base/format.h"
#include "text/json.h"

namespace bantam::serve {
namespace {

constexpr std::size_t kMessagesMax = 16'384;
constexpr std::size_t kPartsMax = 4'096;

std::string content_of(const Fields& message) {
  const Json* content = message.find("content");
  if (content == nullptr) return "";
  if (content->is_string()) return content->get<std::string>();
  const Json* parts = message.array("content", kPartsMax);
  std::string text;
  for (const Json& item : *parts) {
    const Fields part(item, "messages.content.");
    const std::string type = part.text("type");
    if (type != "text" && type != "input_text" && type != "output_text") {
      part.fail("type", "text: this server reads no images, sound or files");
    }
    text += part.text("text");
  }
  return text;
}

}  // namespace

Json read_messages(const Fields& request) {
  Json messages = Json::array();
  const Json* given = request.array("messages", kMessagesMax);
  if (given == nullptr) return messages;
  for (const Json& item : *given) {
    const Fields fields(item, format("messages[{}].", messages.size()));
    Json message = {{"role", fields.text("role")}};
    auto& role = message["role"].get_ref<std::string&>();
    std::ranges::transform(role, role.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (role == "developer") role = "system";
    message["content"] = content_of(fields);
    if (const Json* images = fields.find("images"); images != nullptr && !images->empty()) {
      fields.fail("images", "none: this server reads no images");
    }
    for (const std::string_view name :
         {"tool_calls", "tool_name", "name", "tool_call_id", "thinking", "reasoning_content"}) {
      if (const Json* value = fields.find(name)) message[std::string(name)] = *value;
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace bantam::serve
