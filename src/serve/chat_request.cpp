#include "serve/chat_request.h"

#include "base/format.h"
#include "text/json.h"

namespace bantam::serve {

std::vector<replies::Tool> put_tools(const Fields& request, const ServedModel& model,
                                     Json& variables) {
  const Json* tools = request.find("tools");
  if (tools == nullptr || (tools->is_array() && tools->empty())) return {};
  if (const Json* choice = request.find("tool_choice")) {
    if (*choice == "none") return {};
    if (*choice != "auto") request.fail("tool_choice", "auto or none");
  }
  if (!model.reply_format.takes_tools) {
    throw FieldError("tools", "tools", format("none: {} does not support tools", model.name));
  }
  std::vector<replies::Tool> read = replies::read_tools(*tools);
  variables["tools"] = *tools;
  return read;
}

void put_think(const Fields& request, const ServedModel& model, Json& variables) {
  const Json* think = request.find("think");
  if (think == nullptr) return;
  if (!think->is_boolean() && !think->is_string()) {
    request.fail("think", "true, false, or how hard: low, medium, high");
  }
  const bool wants = think->is_string() || think->get<bool>();
  if (wants && !model.reply_format.thinking) {
    throw Error(ErrorCode::BadInput, format("\"{}\" does not support thinking", model.name));
  }
  const std::string& variable = model.reply_format.thinking_variable;
  if (!variable.empty()) variables[variable] = wants;
  if (think->is_string()) variables["reasoning_effort"] = *think;
}

}  // namespace bantam::serve
