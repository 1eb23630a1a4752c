#include "text/gotemplate/ollama_data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/error.h"
#include "base/format.h"
#include "text/gotemplate/json_values.h"
#include "text/jinja/error.h"

namespace bantam::gotemplate {
namespace {

using jinja::Runtime;
using Json = nlohmann::ordered_json;

// Roles that templates put between the halves of a control token. Any other is the user's text.
constexpr std::string_view kRoles[] = {"system", "user", "assistant", "tool", "developer"};

constexpr std::string_view kLevels[] = {"low", "medium", "high", "max"};

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorCode::BadInput, message); }

Value tool_call_value(Runtime& runtime, const Json& call, const std::string& where) {
  const Json& function = member(call, "function", where);
  Json arguments = member(function, "arguments", where + ".function");
  if (arguments.is_string()) {
    const std::string text = arguments.get<std::string>();
    arguments = text.empty() ? Json::object() : Json::parse(text, nullptr, false);
  }
  if (arguments.is_null()) arguments = Json::object();
  if (!arguments.is_object()) fail(where + ".function.arguments: expected an object");
  Map map = map_of(runtime, arguments);
  map.style = Style::Json;
  const Json& index = member(function, "index", where);
  Record details{"template.templateToolCallFunction", {}};
  details.fields = {
      {"Index", "Index", false,
       index.is_number_integer() ? index.get<std::int64_t>() : std::int64_t{0}},
      {"Name", "Name", false, text_member(runtime, function, "name", where + ".function")},
      {"Arguments", "Arguments", false, std::make_shared<const Map>(std::move(map))}};
  Record record{"template.templateToolCall", {}};
  record.fields = {
      {"ID", "ID", false, text_member(runtime, call, "id", where)},
      {"Function", "Function", false, std::make_shared<const Record>(std::move(details))}};
  return std::make_shared<const Record>(std::move(record));
}

Text text_of(Runtime& runtime, const Json& object, const char* name, const std::string& where) {
  return *as_text(text_member(runtime, object, name, where));
}

// Names of called functions by the ids of the calls.
using CallNames = std::unordered_map<std::string, Text>;

// Reasoning has three names.
Text thinking_of(Runtime& runtime, const Json& message, const std::string& where) {
  for (const char* name : {"thinking", "reasoning_content", "reasoning"}) {
    if (message.contains(name)) return text_of(runtime, message, name, where);
  }
  return {};
}

// The name of the function that the answer of a tool belongs to.
Text tool_name_of(Runtime& runtime, const Json& message, const CallNames& calls,
                  const std::string& where) {
  for (const char* name : {"tool_name", "name"}) {
    if (message.contains(name)) return text_of(runtime, message, name, where);
  }
  const auto found = calls.find(text_of(runtime, message, "tool_call_id", where).bytes);
  return found == calls.end() ? Text() : found->second;
}

// Reads the calls of a message and remembers their names.
std::vector<Value> tool_calls_of(Runtime& runtime, const Json& message, CallNames& names,
                                 const std::string& where) {
  const Json& calls = member(message, "tool_calls", where);
  if (!calls.is_null() && !calls.is_array()) fail(where + ".tool_calls: expected a list");
  std::vector<Value> values;
  for (const Json& call : calls) {
    const std::string place = format("{}.tool_calls[{}]", where, values.size());
    values.push_back(tool_call_value(runtime, call, place));
    const std::string id = text_of(runtime, call, "id", place).bytes;
    if (!id.empty()) names[id] = text_of(runtime, call["function"], "name", place);
  }
  return values;
}

// The texts of a message; one for each part of its content.
std::vector<Text> contents_of(Runtime& runtime, const Json& message, const std::string& where) {
  const Json& content = member(message, "content", where);
  if (!content.is_array()) return {text_of(runtime, message, "content", where)};
  std::vector<Text> texts;
  for (const Json& part : content) {
    const std::string place = format("{}.content[{}]", where, texts.size());
    if (!part.is_object() || part.value("type", "") != "text") {
      fail(place + ": expected {\"type\": \"text\", \"text\": …}; a Go template takes text alone");
    }
    texts.push_back(text_of(runtime, part, "text", place));
  }
  if (texts.empty()) texts.emplace_back();
  return texts;
}

Value role_value(Runtime& runtime, const std::string& role) {
  const bool is_known = std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
  runtime.charge(role.size());
  return text_value(role, is_known ? Origin::Template : Origin::User);
}

Value list_value(std::vector<Value> items) {
  const bool is_nil = items.empty();
  auto slice = std::make_shared<Slice>(std::move(items));
  slice->is_nil = is_nil;
  return SlicePtr(std::move(slice));
}

void join(Text& text, const Text& more) {
  text.append("\n\n", Origin::Template);
  text.append(more, 0, more.bytes.size());
}

}  // namespace

std::vector<Message> read_messages(Runtime& runtime, const Json& messages) {
  std::vector<Message> result;
  CallNames names;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string where = format("messages[{}]", i);
    const Json& json = messages[i];
    if (!json.is_object()) fail(where + ": expected an object");
    Message message;
    message.role = text_of(runtime, json, "role", where).bytes;
    message.thinking = thinking_of(runtime, json, where);
    message.tool_call_id = text_of(runtime, json, "tool_call_id", where);
    message.tool_calls = tool_calls_of(runtime, json, names, where);
    if (message.role == "tool") message.tool_name = tool_name_of(runtime, json, names, where);
    for (Text& content : contents_of(runtime, json, where)) {
      result.push_back(message);
      result.back().content = std::move(content);
    }
  }
  return result;
}

std::vector<Message> collate(const std::vector<Message>& messages) {
  std::vector<Message> result;
  for (const Message& message : messages) {
    const bool joins =
        !result.empty() && result.back().role == message.role && message.role != "tool";
    if (joins) {
      join(result.back().content, message.content);
    } else {
      result.push_back(message);
    }
  }
  return result;
}

Text system_text(const std::vector<Message>& messages) {
  Text text;
  bool is_first = true;
  for (const Message& message : messages) {
    if (message.role != "system") continue;
    if (std::exchange(is_first, false)) {
      text = message.content;
    } else {
      join(text, message.content);
    }
  }
  return text;
}

Value messages_value(Runtime& runtime, const std::vector<Message>& messages) {
  std::vector<Value> items;
  for (const Message& message : messages) {
    runtime.charge(sizeof(Record) + message.content.bytes.size());
    Record record{"template.templateMessage", {}};
    record.is_pointer = true;
    const auto add = [&](const char* name, Value value) {
      record.fields.push_back({name, name, false, std::move(value)});
    };
    add("Role", role_value(runtime, message.role));
    add("Content", text_value(message.content));
    add("Thinking", text_value(message.thinking));
    add("Images", list_value({}));
    add("ToolCalls", list_value(message.tool_calls));
    add("ToolName", text_value(message.tool_name));
    add("ToolCallID", text_value(message.tool_call_id));
    items.push_back(std::make_shared<const Record>(std::move(record)));
  }
  return list_value(std::move(items));
}

Thinking read_thinking(const Json& value, const std::string& name) {
  if (value.is_boolean()) {
    const bool is_on = value.get<bool>();
    return {true, is_on, is_on ? "medium" : ""};
  }
  const std::string level = value.is_string() ? value.get<std::string>() : "";
  if (std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels)) {
    fail(format("{}: expected true, false, low, medium, high or max", name));
  }
  return {true, true, level};
}

Value root_value(Runtime& runtime, Entries entries, const Thinking& thinking) {
  entries.emplace_back("Think", thinking.is_on);
  entries.emplace_back("ThinkLevel", text_value(thinking.level));
  entries.emplace_back("IsThinkSet", thinking.is_set);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  auto map = std::make_shared<Map>();
  for (auto& [name, value] : entries) {
    runtime.charge(sizeof(Map::Entry));
    map->entries.emplace_back(std::get<TextPtr>(text_value(std::string(name))), std::move(value));
  }
  return MapPtr(std::move(map));
}

}  // namespace bantam::gotemplate
