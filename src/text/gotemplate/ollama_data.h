// A conversation in JSON as the data that Ollama hands to its templates.
// Source: https://github.com/ollama/ollama, template/template.go and api/types.go.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "text/gotemplate/value.h"
#include "text/jinja/runtime.h"

namespace bantam::gotemplate {

struct Message {
  std::string role;
  Text content;
  Text thinking;
  std::vector<Value> tool_calls;
  Text tool_name;
  Text tool_call_id;
};

// Whether and how much a model shall think before it answers.
struct Thinking {
  bool is_set = false;
  bool is_on = false;
  std::string level;  // "low", "medium", "high" or "max"
};

// OpenAI's form or Ollama's: content as a text or a list of text parts, each a message of its own;
// arguments of calls as an object or as JSON in a text. Throws Error{BadInput} that names the
// place.
std::vector<Message> read_messages(jinja::Runtime& runtime, const nlohmann::ordered_json& messages);

// Neighbours of one role become one message, with a blank line between; messages of tools stay
// apart.
std::vector<Message> collate(const std::vector<Message>& messages);
// All messages of the system, with blank lines between.
Text system_text(const std::vector<Message>& messages);

Value messages_value(jinja::Runtime& runtime, const std::vector<Message>& messages);
Value tools_value(jinja::Runtime& runtime, const nlohmann::ordered_json& tools);

// A boolean or a level. `name` is the variable's.
Thinking read_thinking(const nlohmann::ordered_json& value, const std::string& name);

using Entries = std::vector<std::pair<std::string_view, Value>>;
// The dot of a template.
Value root_value(jinja::Runtime& runtime, Entries entries, const Thinking& thinking);

}  // namespace bantam::gotemplate
